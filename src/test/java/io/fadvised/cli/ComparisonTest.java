package io.fadvised.cli;

import static io.fadvised.directio.Attachments.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.directio.Attachments;
import io.fadvised.directio.DirectIoRule;
import io.fadvised.directio.Storage;
import io.fadvised.doctor.DeviceFindings;
import io.fadvised.doctor.DiskLoad;
import io.fadvised.doctor.Findings;
import io.fadvised.doctor.FindingsJson;
import io.fadvised.doctor.Symptoms;
import io.fadvised.json.JsonText;
import io.fadvised.pagecache.Residency;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final DiskLoad SLOW = load(412, 38.4);
  private static final DiskLoad FAST = load(1990, 0.21);
  private static final DiskLoad IDLE = load(0, 0);

  private static DiskLoad load(double requests, double millis) {
    return new DiskLoad(requests, requests * 16384, millis, millis, 0, 1, 0.5, 0, 16384, 0);
  }

  private static FindingsJson findings(
      double ioWait, long available, long resident, boolean directIo, DiskLoad load) {
    return findings(ioWait, 0, available, resident, directIo, load, "sda1");
  }

  private static FindingsJson findings(double ioWait, double refaults) {
    return findings(ioWait, refaults, 1024 * MIB, 64 * MIB, false, load(100, 1), "sda1");
  }

  private static FindingsJson findings(
      double ioWait,
      double refaults,
      long available,
      long resident,
      boolean directIo,
      DiskLoad load,
      String disk) {
    var attachment =
        Attachments.attached(
            Attachments.device(Optional.of(directIo), directIo ? 4096 : 512, 0), false, List.of());
    var storage =
        new Storage(
            true,
            "ext4",
            Optional.of(new Storage.Disk(disk, 512)),
            OptionalInt.of(4096),
            Optional.empty(),
            false);
    DeviceFindings device =
        new DeviceFindings(
            attachment,
            Optional.of(storage),
            Optional.of(Residency.ofResident(resident)),
            Optional.of(load),
            Optional.of(load(700, 0.5)),
            Optional.empty(),
            new DirectIoRule(
                    attachment, storage, Optional.of(Attachments.EXT4), OptionalLong.of(resident))
                .diagnose());
    return FindingsJson.of(
        new Findings(
            "6.18.0",
            Duration.ofSeconds(10),
            true,
            new Symptoms(
                OptionalDouble.empty(),
                Optional.empty(),
                OptionalDouble.of(ioWait),
                OptionalDouble.of(refaults),
                OptionalDouble.of(1),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalLong.of(available)),
            List.of(),
            List.of(),
            List.of(device),
            List.of(),
            List.of()));
  }

  @Test
  void changesAreATableAndASentence() {
    FindingsJson before = findings(0.31, 1024 * MIB, 501 * MIB, false, SLOW);
    FindingsJson after = findings(0.02, 2048 * MIB, 0, true, FAST);

    assertThat(String.join("\n", new Comparison(before, after).lines(80)))
        .isEqualTo(
            """
                                           before       after
            I/O wait                         31 %         2 %
            refaults                          0/s         0/s
            available memory                1 GiB       2 GiB
            lower cache of loop3          501 MiB         0 B
            requests of loop3               412/s     1,990/s
            throughput of loop3         6.4 MiB/s  31.1 MiB/s
            time per request of loop3       38 ms     0.21 ms
            requests of sda1                700/s       700/s
            throughput of sda1         10.9 MiB/s  10.9 MiB/s
            time per request of sda1      0.50 ms     0.50 ms

            loop3: direct I/O was switched on, with sectors of 4096 bytes. Lower cache of
            loop3 fell from 501 MiB to 0 B, requests of loop3 rose from 412/s to 1,990/s,
            time per request of loop3 fell from 38 ms to 0.21 ms, I/O wait fell from 31 % to
            2 %.
            """
                .stripTrailing());
  }

  @Test
  void noiseIsNoChange() {
    FindingsJson before = findings(0.031, 1024 * MIB, 64 * MIB, false, load(100, 1));
    FindingsJson after = findings(0.033, 1090 * MIB, 60 * MIB, false, load(105, 1.02));

    assertThat(new Comparison(before, after).lines(80))
        .last()
        .isEqualTo("No figure changed beyond the usual noise.");
  }

  /** Measured in windows of a second on an idle host. */
  @Test
  void fewRefaultsAndLittleWaitingAreNoChange() {
    assertThat(new Comparison(findings(0.01, 7), findings(0.03, 25)).lines(80))
        .last()
        .isEqualTo("No figure changed beyond the usual noise.");
  }

  @Test
  void speedOfAnIdleDeviceIsNotCompared() {
    FindingsJson before = findings(0.31, 1024 * MIB, 501 * MIB, false, SLOW);
    FindingsJson after = findings(0.31, 1024 * MIB, 501 * MIB, false, IDLE);

    List<String> lines = new Comparison(before, after).lines(200);

    assertThat(lines)
        .last()
        .isEqualTo(
            "The speed of loop3 is not compared, only the lower cache: fewer than 100 requests before or"
                + " after.");
    assertThat(lines).anyMatch(line -> line.matches("time per request of loop3 +38 ms +-"));
  }

  /** Programs were stopped before the cure, as it asks for. */
  @Test
  void loadThatBeginsAfterTheCureIsNoRise() {
    FindingsJson before = findings(0, 1024 * MIB, 501 * MIB, false, load(1, 1));
    FindingsJson after = findings(0.3, 1000 * MIB, 0, true, load(398, 0.5));

    assertThat(new Comparison(before, after).lines(2000))
        .last()
        .isEqualTo(
            "loop3: direct I/O was switched on, with sectors of 4096 bytes. Lower cache of loop3 fell"
                + " from 501 MiB to 0 B. The speed of loop3 is not compared, only the lower cache: fewer"
                + " than 100 requests before or after.");
  }

  /** Measured: a reader limited to 400 MiB of memory, on a host with 22 GiB available. */
  @Test
  void slowerDeviceGetsTheCommandThatSwitchesBack() {
    FindingsJson before = findings(0.08, 1024 * MIB, 713 * MIB, false, load(31_136, 0.06));
    FindingsJson after = findings(0.38, 1024 * MIB, 0, true, load(13_360, 0.24));

    assertThat(new Comparison(before, after).lines(2000))
        .last()
        .asString()
        .contains("time per request of loop3 rose from 0.06 ms to 0.24 ms")
        .endsWith(
            "If this host does not need that memory, switch back with \"losetup --direct-io=off"
                + " /dev/loop3\".");
    assertThat(new Comparison(after, before).lines(2000))
        .last()
        .asString()
        .doesNotContain("switch back");
  }

  /** A loop device on another one. */
  @Test
  void deviceThatIsAlsoADiskIsListedOnce() {
    FindingsJson lower = findings(0, 0, 1024 * MIB, 0, true, FAST, "loop3");

    assertThat(new Comparison(lower, lower).lines(80))
        .filteredOn(line -> line.startsWith("requests of loop3 "))
        .hasSize(1);
  }

  @Test
  void savedFindingsAreReadAsTheyWere() {
    FindingsJson saved = findings(0.31, 1024 * MIB, 501 * MIB, false, SLOW);

    assertThat(JsonText.parse(FindingsJson.class, JsonText.formatted(saved))).isEqualTo(saved);
  }
}
