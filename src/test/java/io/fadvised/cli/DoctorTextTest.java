package io.fadvised.cli;

import static io.fadvised.directio.Attachments.MIB;
import static io.fadvised.directio.Attachments.buffered;
import static io.fadvised.directio.Attachments.mount;
import static io.fadvised.directio.Attachments.reported;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.directio.Attachment;
import io.fadvised.directio.Attachments;
import io.fadvised.directio.Cause;
import io.fadvised.directio.Diagnosis;
import io.fadvised.directio.DirectIoRule;
import io.fadvised.directio.Storage;
import io.fadvised.doctor.ContainerFindings;
import io.fadvised.doctor.DeviceFindings;
import io.fadvised.doctor.DiskLoad;
import io.fadvised.doctor.Findings;
import io.fadvised.doctor.OtherCache;
import io.fadvised.doctor.ReaderFindings;
import io.fadvised.doctor.Symptoms;
import io.fadvised.linux.FileIdentity;
import io.fadvised.pagecache.Residency;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DoctorTextTest {
  private static final Symptoms THRASHING =
      new Symptoms(
          OptionalDouble.of(0.81),
          Optional.of("page cache refaults: 12,345 a second"),
          OptionalDouble.of(0.31),
          OptionalDouble.of(12_345),
          OptionalDouble.of(80_000),
          OptionalDouble.of(0.04),
          OptionalDouble.of(0.5),
          OptionalLong.of(1536 * MIB));

  private static DeviceFindings found(Attachment attachment, Storage storage) {
    long resident = 1536 * MIB;
    return new DeviceFindings(
        attachment,
        Optional.of(storage),
        Optional.of(Residency.ofResident(resident)),
        Optional.of(new DiskLoad(412, 12 * MIB, 38.4, 52, 6.7, 15.8, 1, 0.3, 36_864, 16_384)),
        Optional.of(new DiskLoad(2000, 100 * MIB, 0.21, 0.21, 0, 0.4, 0.4, 0, 52_224, 0)),
        Optional.empty(),
        new DirectIoRule(
                attachment, storage, Optional.of(Attachments.EXT4), OptionalLong.of(resident))
            .diagnose());
  }

  private static List<String> lines(Symptoms symptoms, DeviceFindings... devices) {
    return lines(symptoms, List.of(), devices);
  }

  private static List<String> lines(
      Symptoms symptoms, List<OtherCache> otherCaches, DeviceFindings... devices) {
    return new DoctorText(
            new Findings(
                "5.10.0-32-amd64",
                Duration.ofSeconds(3),
                true,
                symptoms,
                List.of(
                    new ContainerFindings(
                        "/web", 256 * MIB, 1, "memory stalls: 20 %", 4567, 0.2, List.of("loop3"))),
                List.of(
                    new ReaderFindings(
                        4711, "fio", 14 * MIB, 60 * MIB, false, OptionalDouble.of(0.83)),
                    new ReaderFindings(8, "sh", 2 * MIB, 0, true, OptionalDouble.empty())),
                List.of(devices),
                otherCaches,
                List.of("loop9: sysfs entry unreadable")),
            80,
            false)
        .lines();
  }

  private static DeviceFindings found(String name, Cause cause, long residentBytes) {
    return new DeviceFindings(
        Attachments.named(name),
        Optional.empty(),
        Optional.of(Residency.ofResident(residentBytes)),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        new Diagnosis(cause, "the reason", false, List.of()));
  }

  @Test
  void fileThatIsCachedTwiceWithoutALoopDeviceIsNamedWithAdvice() {
    OtherCache image =
        new OtherCache(
            "image", "/srv/vm.img", "open by qemu-kvm (pid 8)", "the guest caches it, too");

    assertThat(lines(Symptoms.UNKNOWN, List.of(image), found(buffered(), reported(512))))
        .containsSequence(
            "",
            "Cached twice without a loop device, and not evicted by fadvised:",
            "  image     /srv/vm.img, open by qemu-kvm (pid 8): the guest caches it, too",
            "");
    assertThat(lines(Symptoms.UNKNOWN, found(buffered(), reported(512))))
        .noneMatch(line -> line.startsWith("Cached twice"));
  }

  @Test
  void manyFilesThatAreCachedTwiceAreCounted() {
    List<OtherCache> images =
        IntStream.range(0, 7)
            .mapToObj(i -> new OtherCache("image", "/srv/vm" + i, "open by qemu-kvm", "it is"))
            .toList();

    assertThat(lines(Symptoms.UNKNOWN, images))
        .contains("  image     /srv/vm4, open by qemu-kvm: it is")
        .contains("            2 more (--all shows each)")
        .noneMatch(line -> line.contains("/srv/vm5"));
  }

  @Test
  void threeContainersWithTheMostPressureAreNamed() {
    Findings findings = withContainers(300);

    List<String> lines = new DoctorText(findings, 200, false).lines();

    assertThat(lines.subList(6, 10))
        .extracting(line -> line.substring(0, 19).strip())
        .containsExactly("container /web299", "container /web298", "container /web297", "297 mor");
    assertThat(lines).contains("            297 more containers (--all shows each)");
    assertThat(new DoctorText(findings, 200, true).lines())
        .filteredOn(line -> line.startsWith("  container"))
        .hasSize(300);
    assertThat(new DoctorText(withContainers(4), 200, false).lines())
        .contains("            1 more container (--all shows each)");
  }

  private static Findings withContainers(int count) {
    return new Findings(
        "6.1.0",
        Duration.ofSeconds(3),
        true,
        THRASHING,
        IntStream.range(0, count)
            .mapToObj(
                i -> new ContainerFindings("/web" + i, MIB, i / 300.0, "stalls", 1, 0, List.of()))
            .toList(),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  @Test
  void manyDevicesAreSummedUpByCauseWithTheWorstFirst() {
    List<DeviceFindings> devices = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      devices.add(found("loop" + i, Cause.DIRECT, 0));
      devices.add(found("loop" + (100 + i), Cause.OFFSET, MIB));
      devices.add(found("loop" + (200 + i), Cause.CONTENTS, (i + 1) * MIB));
    }
    devices.add(found("loop300", Cause.KERNEL, 2 * MIB));

    List<String> shown =
        lines(Symptoms.UNKNOWN, devices.toArray(DeviceFindings[]::new)).stream()
            .filter(line -> line.contains(" with the cause ") || line.startsWith("loop"))
            .map(line -> line.replaceFirst(":.*", ""))
            .toList();

    assertThat(shown)
        .containsExactly(
            "loop219",
            "loop218",
            "loop217",
            "17 more with the cause \"contents\", 153 MiB cached (--all shows each)",
            "loop100",
            "loop101",
            "loop102",
            "17 more with the cause \"offset\", 17 MiB cached (--all shows each)",
            "loop300",
            "20 devices with the cause \"direct\", 0 B cached (--all shows each)");
  }

  @Test
  void findingsAreFormattedWithCommandsToCopy() {
    Attachment mounted = buffered(mount("/dev/loop3", "/mnt"));

    assertThat(lines(THRASHING, found(mounted, reported(4096))))
        .contains(
            "Watched for 3 s, Linux 5.10.0-32-amd64:",
            "  pressure  81 % (page cache refaults: 12,345 a second)",
            "  I/O wait  31 % of processor time",
            "  refaults  12,345 pages/s read again soon after reclaim",
            "  stalls    4 % of the time for memory, 50 % for I/O",
            "  container /web is short of memory at its limit of 256 MiB (4,567 refaults/s,",
            "            stalled 20 % of the time), and pays for loop3",
            "  reader    fio (4711): 14 MiB/s of 60 MiB/s that it read missed the page cache,",
            "            waiting for I/O 83 % of the time",
            "  reader    sh (8, with its ended children): 2 MiB/s missed the page cache",
            "loop3: 100 MiB, sector size 512, direct I/O off",
            "  backing   /disks/a b.img, on xfs on sda1 (sector size 512)",
            "  mounted   /mnt (ext4)",
            "  cached    1.5 GiB of the backing file",
            "  load      412 requests/s, 12 MiB/s: 70 % reads of 36 KiB in 52 ms, 30 % writes",
            "            of 16 KiB in 6.7 ms; 15.8 in flight, busy 100 %",
            "  its disk  2,000 requests/s, 100 MiB/s: 100 % reads of 51 KiB in 0.21 ms; 0.4",
            "            in flight, busy 40 %",
            "  fix       umount /mnt &&",
            "            losetup --sector-size 4096 /dev/loop3 &&",
            "  problem   loop9: sysfs entry unreadable")
        .anyMatch(
            line -> line.startsWith("Verdict: 1 of 2 loop devices is or may be cached twice"));
  }

  @Test
  void diskWithoutRequestsIsNotCalledNone() {
    DeviceFindings busy = found(buffered(), reported(512));
    DeviceFindings cached =
        new DeviceFindings(
            busy.attachment(),
            busy.storage(),
            busy.residency(),
            busy.load(),
            Optional.of(new DiskLoad(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
            busy.file(),
            busy.diagnosis());

    assertThat(lines(THRASHING, cached)).contains("  its disk  no requests");
  }

  @Test
  void mountOfADeviceOnTopIsShownWithItsNode() {
    assertThat(lines(THRASHING, found(buffered(mount("/dev/mapper/data", "/mnt")), reported(512))))
        .contains("  mounted   /mnt (ext4, by /dev/mapper/data)");
  }

  @Test
  void compressedImagesShareOneLine() {
    DeviceFindings snap = compressed();

    assertThat(lines(THRASHING, snap, snap, snap))
        .anyMatch(line -> line.startsWith("3 images (squashfs or EROFS), 4.5 GiB cached: compr"))
        .noneMatch(line -> line.startsWith("loop3"));
    assertThat(lines(THRASHING, snap)).anyMatch(line -> line.startsWith("loop3"));
  }

  private static DeviceFindings compressed() {
    Attachment mounted =
        buffered(new Attachment.Mount("/dev/loop3", "/snap/a", "squashfs", "ro", false));
    DeviceFindings found = found(mounted, reported(4096));
    return new DeviceFindings(
        mounted,
        found.storage(),
        found.residency(),
        found.load(),
        found.diskLoad(),
        Optional.of(new FileIdentity(8, 1)),
        new Diagnosis(Cause.COMPRESSED, "its files are compressed", false, List.of()));
  }

  @Test
  void linesOtherThanCommandsFitTheWidth() {
    assertThat(lines(THRASHING, found(buffered(), reported(4096))))
        .filteredOn(line -> !line.contains("losetup --direct-io"))
        .allMatch(line -> line.length() <= 80);
  }

  @Test
  void unknownFiguresAreNamed() {
    assertThat(lines(Symptoms.UNKNOWN))
        .contains(
            "  pressure  unknown",
            "  I/O wait  unknown",
            "  refaults  unavailable",
            "  stalls    unavailable (no PSI)");
  }

  @Test
  void loadThatTheKernelDoesNotCountIsNotNone() {
    assertThat(lines(THRASHING, found("loop3", Cause.SWITCHED_OFF, MIB)))
        .contains("  load      not counted by the kernel");
  }
}
