package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.cli.HostMeasurement.Measured;
import io.fadvised.engine.TestHost;
import io.fadvised.status.HostStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class HostMeasurementTest {
  @RegisterExtension final TestHost host = new TestHost();
  private final List<String> progress = new ArrayList<>();

  private Measured measure(HostMeasurement.Progress progress) throws InterruptedException {
    return new HostMeasurement(host.host()).measure(TestHost.settings(), progress);
  }

  /** Attaches devices with 1 MiB of lower cache each, whose files take 60 ms to open. */
  private void attachSlow(int devices) {
    for (int i = 0; i < devices; i++) {
      host.attach("loop" + i, "/srv/" + i + ".img", TestHost.MIB).read(0, TestHost.MIB);
    }
    host.kernel().before("locate", call -> host.clock().advance(Duration.ofMillis(60)));
  }

  @Test
  void everyDeviceIsMeasuredHoweverLongItTakes() throws InterruptedException {
    attachSlow(400);

    HostStatus status =
        measure((measured, devices) -> progress.add(measured + " of " + devices)).host();

    assertThat(status.residentBytes()).isEqualTo(400 * TestHost.MIB);
    assertThat(status.residentIsLowerBound()).isFalse();
    assertThat(status.devices()).allMatch(device -> device.residentBytes().isPresent());
    assertThat(progress).hasSize(400).startsWith("1 of 400").endsWith("400 of 400");
    assertThat(host.kernel().calls("posix_fadvise")).isEmpty();
  }

  @Test
  void interruptedMeasurementReturnsTheDevicesMeasuredSoFar() throws InterruptedException {
    attachSlow(40);

    Measured result =
        measure(
            (measured, devices) -> {
              if (measured == 30) {
                Thread.currentThread().interrupt();
              }
            });

    assertThat(Thread.interrupted()).isFalse();
    assertThat(result.isComplete()).isFalse();
    assertThat(result.host().residentIsLowerBound()).isTrue();
    assertThat(result.host().residentBytes()).isEqualTo(30 * TestHost.MIB);
  }

  @Test
  void hungFilesystemEndsTheMeasurementOfItsDevicesOnly() throws InterruptedException {
    host.attach("loop0", "/btrfs/a.img", TestHost.MIB);
    host.attach("loop1", "/srv/b.img", TestHost.MIB).read(0, TestHost.MIB);
    host.attach("loop2", "/btrfs/c.img", TestHost.MIB);
    host.hangIn("openLocated");

    HostStatus status = measure((measured, devices) -> {}).host();

    assertThat(status.residentBytes()).isEqualTo(TestHost.MIB);
    assertThat(status.residentIsLowerBound()).isTrue();
    assertThat(status.devices().get(0).state()).isEqualTo("quarantined");
  }
}
