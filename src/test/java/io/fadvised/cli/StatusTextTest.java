package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.json.JsonText;
import io.fadvised.loop.LoopMountPoints;
import io.fadvised.status.DeviceStatus;
import io.fadvised.status.HostStatus;
import io.fadvised.status.HostStatus.PressureSource;
import io.fadvised.status.Instance;
import io.fadvised.status.Reports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatusTextTest {
  private static final String LONG_PATH =
      "/var/lib/kubelet/plugins/rawfile/pvc-01234567-89ab-cdef-0123-456789abcdef/disk.img";

  private static final Instance DAEMON =
      new Instance(42, "1.2.3", "2025-03-01T12:00:00Z", Optional.of("/etc/fadvised.conf"));

  @Test
  void daemonIsNamedWithItsVersionAndConfiguration() {
    assertThat(text(status(0), true, 80))
        .contains("Daemon       process 42, version 1.2.3, /etc/fadvised.conf\n");
    assertThat(text(HostStatus.of(Reports.emptySnapshot()), true, 120))
        .contains("1.2.3, /etc/fadvised.conf; paused: polls the host, sweeps no device\n");
    assertThat(text(status(0), false, 80)).doesNotContain("Daemon");
  }

  @Test
  void noLineIsWiderThanTheTerminal() {
    HostStatus status = status(0.9, device("loop1048575", LONG_PATH));

    assertThat(text(status, true, 80).lines()).allMatch(line -> line.length() <= 80);
  }

  @Test
  void wideTerminalShowsTheWholePath() {
    assertThat(text(status(0, device("loop3", LONG_PATH)), true, 200)).contains(LONG_PATH);
  }

  @Test
  void pressureIsDescribedInWords() {
    assertThat(text(status(0), true, 80)).contains("Pressure     none\n");
    assertThat(text(status(0.9), true, 80)).contains("high, 90 % (memory headroom: 7.0 %");
  }

  @Test
  void wakeUpSourceOfADaemonIsNamed() {
    assertThat(text(status(0), true, 80))
        .contains("Woken by     PSI (20 ms stalled within 1 s), 7 times so far\n");
    assertThat(text(status(0), false, 80)).doesNotContain("Woken by");
  }

  @Test
  void containerShortOfMemoryIsNamed() {
    HostStatus status = HostStatus.of(Reports.snapshot());

    assertThat(text(status, true, 120))
        .contains(
            "Containers   1 short of memory at its limit, pod"
                + " 6f1c2a3e-0b5d-4c7e-9f10-2a3b4c5d6e7f, container 0123456789ab at 75 %");
    assertThat(text(status(0), true, 80)).doesNotContain("Containers");
  }

  @Test
  void volumesOfAContainerAreNamed(@TempDir Path proc) throws IOException {
    String pods = "/var/lib/kubelet/pods/6f1c2a3e-0b5d-4c7e-9f10-2a3b4c5d6e7f/volumes/";
    Files.createDirectories(proc.resolve("1"));
    Files.writeString(
        proc.resolve("1/mountinfo"),
        """
        40 1 7:3 / /mnt/data rw - ext4 /dev/loop3 rw
        41 1 7:3 / %skubernetes.io~csi/pvc-1/mount rw - ext4 /dev/loop3 rw
        """
            .formatted(pods));
    HostStatus status =
        HostStatus.of(Reports.snapshot(Reports.device("loop3")))
            .withVolumes(new LoopMountPoints(proc, proc));

    assertThat(status.containers().get(0).volumes()).containsExactly("pvc-1");
    assertThat(String.join("\n", new StatusText(status, List.of(), 120).lines(Grouping.CONTAINER)))
        .endsWith("pays for loop3 (volume pvc-1)");
    assertThat(status.showing(List.of()).containers()).isEqualTo(status.containers());
  }

  @Test
  void volumeIsFoundByTheBackingFile() {
    String file = "/var/lib/kubelet/pods/6f1c2a3e-0b5d-4c7e-9f10-2a3b4c5d6e7f/volumes/x/data/disk";
    HostStatus status =
        HostStatus.of(Reports.snapshot(Reports.device("loop3", file, Reports.MEASURED)))
            .withVolumes(new LoopMountPoints(Path.of("/nowhere"), Path.of("/nowhere")));

    assertThat(status.containers().get(0).volumes()).containsExactly("data");
  }

  @Test
  void containersAreListedWithWhatTheyGotBack() {
    HostStatus status = HostStatus.of(Reports.snapshot());
    List<String> lines = new StatusText(status, List.of(), 120).lines(Grouping.CONTAINER);

    assertThat(String.join("\n", lines))
        .endsWith(
            """
              LIMIT  PRESSURE  RESIDENT  RELEASED  CONTAINER
            256 MiB      75 %     5 MiB   700 MiB  pod 6f1c2a3e-0b5d-4c7e-9f10-2a3b4c5d6e7f, container 0123456789ab
                     page cache refaults: 265 a second; pays for loop3""");
    assertThat(new StatusText(status(0), List.of(), 80).lines(Grouping.CONTAINER))
        .endsWith("No container is short of memory at its limit.");
  }

  @Test
  void figuresThatAreZeroAreOmitted() {
    HostStatus idle = HostStatus.of(Reports.emptySnapshot());

    assertThat(text(idle, true, 80))
        .contains("Released     nothing since the daemon started\nWoken by     the timer only\n")
        .doesNotContain("Given back", "0.00", "0 posix_fadvise", "0 times", "0 ms");
  }

  @Test
  void noBudgetIsShownIfAllDevicesAreExcluded() {
    DeviceStatus excluded = DeviceStatus.of(Reports.excluded("loop3"), Reports.AT);

    assertThat(text(status(0, excluded), true, 80))
        .contains("Lower cache  not measured: every device is excluded\n")
        .doesNotContain("budget");
    assertThat(text(status(0, excluded, device("loop4", "/srv/b.img")), true, 80))
        .contains("Lower cache  128 MiB resident, budget 256 MiB\n");
  }

  @Test
  void reasonIsBelowTheRowOfTheDevice() {
    assertThat(text(status(0, device("loop3", "/srv/a.img")), true, 80))
        .contains("/srv/a.img\n        5 MiB is within the allowance");
  }

  @Test
  void releasedBytesAreShownOnlyFromADaemon() {
    assertThat(text(status(0, device("loop3", "/srv/a.img")), false, 80))
        .doesNotContainIgnoringCase("released");
  }

  @Test
  void onlyEstimatesAreShownWithAnError() {
    DeviceStatus estimated =
        DeviceStatus.of(Reports.device("loop3", "/srv/a.img", Reports.ESTIMATED), Reports.AT);

    assertThat(text(status(0, estimated), true, 120)).contains(" 5 MiB ±1 MiB ");
    assertThat(text(status(0, device("loop3", "/srv/a.img")), true, 120))
        .contains(" 5 MiB ")
        .doesNotContain("±");
  }

  @Test
  void unreadableDeviceIsNamed() {
    HostStatus status = status(0);

    assertThat(text(status, true, 80)).contains("unreadable: loop9: no offset");
  }

  @Test
  void measurementOlderThanTwoMinutesIsShownWithItsAge() {
    assertThat(text(status(0, measuredBefore(119)), true, 120)).doesNotContain("measured");
    assertThat(text(status(0, measuredBefore(120)), true, 120))
        .contains("within the allowance; measured 2 min ago; direct I/O is available");
    assertThat(text(status(0, measuredBefore(7199)), true, 120)).contains("measured 119 min ago");
    assertThat(text(status(0, measuredBefore(7200)), true, 120)).contains("measured 2 hours ago");
    assertThat(text(status(0, measuredBefore(7200)), false, 120)).doesNotContain("measured");
  }

  @Test
  void figureWithLaterIoIsShownWithItsAge() {
    DeviceStatus outdated =
        DeviceStatus.of(
            Reports.measured("loop3", Duration.ofSeconds(5), true), Reports.AT.plusSeconds(12));

    assertThat(text(status(0, outdated), true, 120)).contains(" 5 MiB, 12 s old ");
    assertThat(text(status(0, measuredBefore(12)), true, 120)).doesNotContain("12 s");
  }

  @Test
  void reasonOlderThanTheFigureIsShownWithItsAge() {
    DeviceStatus measured =
        DeviceStatus.of(Reports.measured("loop3", Duration.ofSeconds(31), false), Reports.AT);

    assertThat(text(status(0, measured), true, 120))
        .contains("        last sweep, 31 s ago: 5 MiB is within the allowance; direct I/O");
    assertThat(text(status(0, measuredBefore(0)), true, 120)).doesNotContain("last sweep");
  }

  @Test
  void totalThatMayBeMoreIsALowerBound() {
    HostStatus known = HostStatus.of(Reports.readableSnapshot(Reports.device("loop3")));
    HostStatus outdated =
        HostStatus.of(Reports.readableSnapshot(Reports.measured("loop3", Duration.ZERO, true)));

    assertThat(text(known, true, 120)).contains("Lower cache  40 B resident");
    assertThat(text(outdated, true, 120)).contains("Lower cache  at least 40 B resident");
  }

  @Test
  void unmeasuredDeviceHasNoAge() {
    DeviceStatus unreachable =
        DeviceStatus.of(Reports.unreachable("loop3"), Reports.AT.plusSeconds(600));

    assertThat(text(status(0, unreachable), true, 120)).doesNotContain("measured");
  }

  private static DeviceStatus measuredBefore(int seconds) {
    return DeviceStatus.of(Reports.device("loop3"), Reports.AT.plusSeconds(seconds));
  }

  private static String text(HostStatus status, boolean fromDaemon, int width) {
    Optional<Instance> daemon = fromDaemon ? Optional.of(DAEMON) : Optional.empty();
    HostStatus reported = status.with(daemon, status.devices());
    return String.join(
        "\n", new StatusText(reported, status.devices(), width).lines(Grouping.DEVICE));
  }

  private static DeviceStatus device(String name, String path) {
    return DeviceStatus.of(Reports.device(name, path, Reports.MEASURED), Reports.AT);
  }

  private static HostStatus status(double pressure, DeviceStatus... devices) {
    return new HostStatus(
        JsonText.SCHEMA_VERSION,
        "2025-03-01T12:00:00Z",
        Optional.empty(),
        false,
        false,
        pressure,
        "memory headroom: 7.0 % of memory available, and some more words to make it long",
        List.of(new PressureSource("memory headroom", pressure)),
        "PSI (20 ms stalled within 1 s), 7 times so far",
        OptionalLong.of(1L << 34),
        OptionalLong.of(1L << 30),
        1 << 28,
        1 << 27,
        false,
        1L << 32,
        1 << 20,
        1 << 25,
        12.34,
        4321,
        2100,
        List.of(),
        List.of(devices),
        List.of("loop9: no offset"));
  }
}
