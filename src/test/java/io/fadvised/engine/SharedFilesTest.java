package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two devices over one file. */
class SharedFilesTest {
  @RegisterExtension final TestHost host = new TestHost();
  private FakeFile file;

  @BeforeEach
  void attachTwice() {
    file = host.attachRead("loop0", 400 * MIB);
    host.attach("loop1", "/srv/loop0.img", file);
    host.start();
    host.tick();
    host.tickAfterSeconds(1);
  }

  @Test
  void fileIsSweptAndCountedOnce() {
    assertThat(host.report("loop1").state()).isEqualTo(DeviceState.SHARED);
    assertThat(host.report("loop1").reason().words())
        .isEqualTo("same backing file as loop0, swept there");

    host.read("loop1", 0, 60 * MIB);
    host.tickAfter(Duration.ofMinutes(2));

    assertThat(host.snapshot().residentBytes()).isEqualTo(60 * MIB);
  }

  @Test
  void ioOfEitherDeviceMakesTheFileDue() {
    host.run(Duration.ofMinutes(3));

    host.read("loop1", 0, 300 * MIB);
    host.tickAfterSeconds(1);

    assertThat(file.residentBytes()).isLessThan(10 * MIB);
  }

  @Test
  void secondDeviceIsSweptAfterTheFirstIsDetached() {
    host.detach("loop0");
    host.engine().requestRescan();
    host.read("loop1", 0, 300 * MIB);
    host.tickAfterSeconds(1);
    host.tickAfterSeconds(1);

    assertThat(host.report("loop1").state()).isNotEqualTo(DeviceState.SHARED);
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void secondDeviceIsSweptOnItsOwnAfterItIsResized() {
    host.setSize("loop1", file.sizeBytes() / 2);
    host.engine().requestRescan();
    host.tickAfterSeconds(1);

    assertThat(host.report("loop1").state()).isNotEqualTo(DeviceState.SHARED);
  }

  @Test
  void secondDeviceIsSweptOnItsOwnAfterTheFirstIsResized() {
    host.setSize("loop0", file.sizeBytes() / 2);
    host.read("loop0", 0, 300 * MIB);
    host.tickAfterSeconds(1);
    host.tickAfterSeconds(1);

    assertThat(host.report("loop1").state()).isNotEqualTo(DeviceState.SHARED);
  }
}
