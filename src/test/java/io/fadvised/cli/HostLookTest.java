package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.config.Settings;
import io.fadvised.config.SettingsLoader;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HostLookTest {
  @Test
  void noOverrideCanTurnALookIntoAnEviction() throws Exception {
    Settings settings =
        SettingsLoader.load(
                Optional.empty(),
                List.of("devices.overrides=[{ match = \"loop3\", dry-run = false }]"))
            .settings();

    Settings looking = HostLook.withoutEviction(settings);

    assertThat(looking.forDevice("loop3", "/a").dryRun()).isTrue();
    assertThat(looking.forDevice("loop4", "/a").dryRun()).isTrue();
    assertThat(looking.budget()).isEqualTo(settings.budget());
  }
}
