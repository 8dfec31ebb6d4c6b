package io.fadvised.doctor;

import static io.fadvised.directio.Attachments.MIB;
import static io.fadvised.directio.Attachments.buffered;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.fadvised.directio.Cause;
import io.fadvised.directio.Diagnosis;
import io.fadvised.json.JsonText;
import io.fadvised.linux.FileIdentity;
import io.fadvised.pagecache.Residency;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class FindingsTest {
  private static Findings of(Symptoms symptoms, Cause... causes) {
    return of(true, symptoms, causes);
  }

  private static Findings of(boolean privileged, Symptoms symptoms, Cause... causes) {
    List<DeviceFindings> devices = Arrays.stream(causes).map(FindingsTest::device).toList();
    return new Findings(
        "6.1.0",
        Duration.ofSeconds(3),
        privileged,
        symptoms,
        List.of(),
        List.of(),
        devices,
        List.of(),
        List.of());
  }

  private static DeviceFindings device(Cause cause) {
    return device(cause, Optional.of(new FileIdentity(8, cause.name().hashCode())));
  }

  private static DeviceFindings device(Cause cause, Optional<FileIdentity> file) {
    return new DeviceFindings(
        buffered(),
        Optional.empty(),
        cause == Cause.UNSEEN || cause == Cause.BLOCK_DEVICE
            ? Optional.empty()
            : Optional.of(Residency.ofResident(100 * MIB)),
        Optional.empty(),
        Optional.empty(),
        file,
        new Diagnosis(cause, "it is so", false, List.of()));
  }

  @Test
  void hostWithoutLoopDevicesIsHealthy() {
    Findings none = of(Symptoms.UNKNOWN);

    assertThat(none.isHealthy()).isTrue();
    assertThat(none.verdict()).contains("no loop device");
  }

  @Test
  void fileThatIsCachedTwiceWithoutALoopDeviceIsPartOfTheVerdict() {
    Findings findings =
        new Findings(
            "6.18.0",
            Duration.ofSeconds(3),
            true,
            Symptoms.UNKNOWN,
            List.of(),
            List.of(),
            List.of(),
            List.of(new OtherCache("erofs", "/a.erofs", "mounted on /mnt", "remount it")),
            List.of());

    assertThat(findings.isHealthy()).isTrue();
    assertThat(findings.verdict())
        .isEqualTo("no loop device is attached. 1 other file is cached twice");
  }

  @Test
  void hostWithHealthyDevicesIsHealthy() {
    assertThat(of(Symptoms.UNKNOWN, Cause.DIRECT, Cause.IN_MEMORY).verdict())
        .startsWith("healthy: 2 loop devices");
  }

  @Test
  void hostWithCompressedImagesIsHealthy() {
    Findings snaps = of(Symptoms.UNKNOWN, Cause.COMPRESSED, Cause.COMPRESSED);

    assertThat(snaps.isHealthy()).isTrue();
    assertThat(snaps.duplicateBytes()).isZero();
  }

  @Test
  void verdictCountsDevicesByTheirCure() {
    Findings mixed =
        of(Symptoms.UNKNOWN, Cause.DIRECT, Cause.SWITCHED_OFF, Cause.OFFSET, Cause.UNSEEN);

    assertThat(mixed.isHealthy()).isFalse();
    assertThat(mixed.duplicateBytes()).isEqualTo(200 * MIB);
    assertThat(mixed.verdict())
        .startsWith("2 of 4 loop devices are or may be cached twice (at least 200 MiB now)")
        .contains("1 can use direct I/O")
        .contains("1 without a fix other than eviction")
        .contains("1 could not be examined")
        .endsWith("Memory pressure could not be measured");
  }

  @Test
  void blockDeviceIsNotCountedAsCachedTwiceOrEvicted() {
    assertThat(of(Symptoms.UNKNOWN, Cause.BLOCK_DEVICE).verdict())
        .startsWith(
            "the loop device is not known to be cached twice; 1 backed by a block device, whose"
                + " cache fadvised neither measures nor evicts. ");
    assertThat(of(Symptoms.UNKNOWN, Cause.BLOCK_DEVICE, Cause.DIRECT).verdict())
        .startsWith("none of 2 loop devices is known to be cached twice; 1 backed by");
    assertThat(of(Symptoms.UNKNOWN, Cause.BLOCK_DEVICE, Cause.OFFSET).verdict())
        .startsWith(
            "1 of 2 loop devices is or may be cached twice (100 MiB now); 1 without a fix other"
                + " than eviction; 1 backed by");
    assertThat(of(Symptoms.UNKNOWN, Cause.BLOCK_DEVICE).isHealthy()).isFalse();
  }

  @Test
  void onlyDeviceIsNotCountedAsOneOfOne() {
    assertThat(of(Symptoms.UNKNOWN, Cause.OFFSET).verdict())
        .startsWith("the only loop device is or may be cached twice (100 MiB now)");
  }

  @Test
  void hostWithAnUnreadableDeviceIsNotHealthy() {
    Findings unread =
        new Findings(
            "6.1.0",
            Duration.ofSeconds(3),
            true,
            Symptoms.UNKNOWN,
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of("loop3: junk"));

    assertThat(unread.isHealthy()).isFalse();
    assertThat(unread.verdict()).isEqualTo("unknown: 1 loop device could not be examined");
  }

  @Test
  void fileOfSeveralDevicesCountsOnce() {
    DeviceFindings one = device(Cause.OFFSET, Optional.of(new FileIdentity(8, 100)));

    assertThat(
            new Findings(
                    "6.1.0",
                    Duration.ofSeconds(3),
                    true,
                    Symptoms.UNKNOWN,
                    List.of(),
                    List.of(),
                    List.of(one, one),
                    List.of(),
                    List.of())
                .duplicateBytes())
        .isEqualTo(100 * MIB);
  }

  @Test
  void verdictIsUnknownIfNoDeviceCanBeExamined() {
    Findings unseen = of(Symptoms.UNKNOWN, Cause.UNSEEN, Cause.UNSEEN);

    assertThat(unseen.isHealthy()).isFalse();
    assertThat(unseen.verdict()).isEqualTo("unknown: 2 loop devices could not be examined");
  }

  @Test
  void verdictWithoutRootNamesSudo() {
    assertThat(of(false, Symptoms.UNKNOWN, Cause.UNSEEN).verdict())
        .isEqualTo("unknown: 1 loop device could not be examined without root: run it with sudo");
    assertThat(of(false, Symptoms.UNKNOWN, Cause.DIRECT, Cause.UNSEEN).verdict())
        .contains("1 could not be examined without root: run it with sudo. ");
    assertThat(of(false, Symptoms.UNKNOWN, Cause.DIRECT).verdict()).doesNotContain("sudo");
  }

  private static Symptoms underPressure(double level) {
    return new Symptoms(
        OptionalDouble.of(level),
        Optional.of("page cache refaults"),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        OptionalLong.empty());
  }

  @Test
  void pressureIsPartOfTheVerdict() {
    assertThat(of(underPressure(0.5), Cause.OFFSET).verdict()).endsWith("the host suffers from it");
    assertThat(of(underPressure(0.4), Cause.OFFSET).verdict()).endsWith("not short at present");
    assertThat(
            new Findings(
                    "6.1.0",
                    Duration.ofSeconds(3),
                    true,
                    underPressure(0),
                    List.of(
                        new ContainerFindings("/web", MIB, 1, "stalls", 0, 0.2, List.of("loop0"))),
                    List.of(),
                    List.of(device(Cause.OFFSET, Optional.empty())),
                    List.of(),
                    List.of())
                .verdict())
        .endsWith("Memory is short: a container suffers at its own limit");
  }

  @Test
  void jsonHasEveryKey() {
    Config json =
        ConfigFactory.parseString(
            JsonText.formatted(FindingsJson.of(of(Symptoms.UNKNOWN, Cause.OFFSET))));

    assertThat(json.getInt("schemaVersion")).isEqualTo(1);
    assertThat(json.getBoolean("healthy")).isFalse();
    Config device = json.getConfigList("devices").get(0);
    assertThat(device.getString("causeCode")).isEqualTo("offset");
    assertThat(device.getString("cause")).isEqualTo("it is so");
    assertThat(device.getLong("residentBytes")).isEqualTo(100 * MIB);
    assertThat(device.hasPathOrNull("disk")).isTrue();
    assertThat(device.getIsNull("disk")).isTrue();
    assertThat(json.getIsNull("symptoms.ioWaitShare")).isTrue();
  }
}
