package io.fadvised.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SettingsTableTest {
  @Test
  void theDocumentSaysWhatTheSimulatorSays() throws IOException {
    assertThat(Path.of("src/docs/settings.md")).hasContent(SettingsTable.document());
  }
}
