package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import io.fadvised.policy.Reason;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PatternsTest {
  @RegisterExtension final TestHost host = new TestHost();

  @Test
  void excludedDeviceIsNotSweptAndTakesNoShare() {
    FakeFile file = host.attachRead("loop0", 100 * MIB);
    host.attachRead("loop1", 10 * MIB);
    host.start("devices.exclude=[\"loop0\"]");

    host.run(Duration.ofMinutes(2));

    assertThat(file.residentBytes()).isEqualTo(100 * MIB);
    assertThat(host.heard().sweepsOf("loop0")).isEmpty();
    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.EXCLUDED);
    assertThat(host.report("loop0").reason().words()).isEqualTo("excluded by \"loop0\"");
    assertThat(host.report("loop1").allowanceBytes()).isEqualTo(64 * MIB);
  }

  @Test
  void newSettingsApplyToKnownDevices() {
    FakeFile file = host.attachRead("loop0", 60 * MIB);
    host.start();
    host.run(Duration.ofMinutes(2));

    host.engine().apply(TestHost.settings("budget.relaxed=20MiB"));
    host.tickAfterSeconds(1);

    assertThat(file.residentBytes()).isZero();

    host.engine().apply(TestHost.settings("devices.include=[]"));
    host.read("loop0", 0, 100 * MIB);
    host.run(Duration.ofMinutes(2));

    assertThat(file.residentBytes()).isEqualTo(100 * MIB);
    assertThat(host.report("loop0").reason().words())
        .isEqualTo("matches no pattern of devices.include");

    host.engine().apply(TestHost.settings());
    host.tickAfterSeconds(1);

    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void fileRenamedIntoAnExcludedDirectoryIsNotEvictedAgain() {
    FakeFile file = host.attachRead("loop0", 10 * MIB);
    host.start("devices.exclude=[\"/keep/**\"]");
    host.tick();

    host.rename("loop0", "/keep/a.img");
    host.read("loop0", 0, 200 * MIB);
    host.runSeconds(30);

    assertThat(file.residentBytes()).isEqualTo(200 * MIB);
    assertThat(host.report("loop0").reason().code()).isEqualTo(Reason.Code.EXCLUDED);
    assertThat(host.report("loop0").totals().sweeps()).isEqualTo(1);
  }
}
