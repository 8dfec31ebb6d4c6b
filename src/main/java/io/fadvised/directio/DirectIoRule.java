package io.fadvised.directio;

import io.fadvised.loop.LoopDevice;
import io.fadvised.policy.Bytes;
import io.fadvised.policy.SweepPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Whether a loop device can do direct I/O, by the rules of drivers/block/loop.c: the backing file
 * has to take O_DIRECT, and the device's sectors and its offset have to be multiples of what the
 * file asks for. That is STATX_DIOALIGN's offset alignment from 6.15 on, before that the sector
 * size of the disk below the filesystem, and where there is none 512 bytes.
 *
 * <p>The kernel is only asked what changes nothing: LOOP_SET_DIRECT_IO would be the proof.
 */
public final class DirectIoRule {
  private static final int SMALLEST_SECTOR_BYTES = 512;

  private final Attachment attachment;
  private final LoopDevice device;
  private final Storage storage;
  private final Optional<Contents> contents;
  private final OptionalLong residentBytes;

  /**
   * A rule for one device.
   *
   * @param contents what is on the device; empty if that is not known
   * @param residentBytes of the backing file; empty if that is not known
   */
  public DirectIoRule(
      Attachment attachment,
      Storage storage,
      Optional<Contents> contents,
      OptionalLong residentBytes) {
    this.attachment = attachment;
    device = attachment.device();
    this.storage = storage;
    this.contents = contents;
    this.residentBytes = residentBytes;
  }

  /** What it comes to. */
  public Diagnosis diagnose() {
    if (device.hasDirectIo()) {
      return whileOn();
    }
    if (device.directIo().isEmpty()) {
      return incurable(
          Cause.KERNEL, "the loop driver of this kernel has no direct I/O (added in 4.4)", false);
    }
    if (isRefused()) {
      return incurable(
          Cause.FILESYSTEM,
          storage.words() + " has no direct I/O for this file (" + refusal() + ")",
          false);
    }
    int needed = neededBytes();
    if (device.offsetBytes() % needed != 0) {
      return incurable(
          Cause.OFFSET,
          "direct I/O unavailable: the device begins at byte "
              + device.offsetBytes()
              + " of its file, "
              + storage.words()
              + " requires a multiple of "
              + needed,
          isDerived());
    }
    return device.logicalBlockBytes() < needed ? sectorSize(needed) : switchedOff();
  }

  private Diagnosis whileOn() {
    long resident = residentBytes.orElse(0);
    if (isNegligible(resident)) {
      return new Diagnosis(
          Cause.DIRECT,
          residentBytes.isPresent()
              ? "direct I/O is on, the lower cache is nearly empty"
              : "direct I/O is on",
          residentBytes.isEmpty(),
          List.of(),
          List.of());
    }
    return new Diagnosis(
        Cause.DIRECT_BUT_CACHED,
        "direct I/O is on (dio=1), but " + Bytes.text(resident) + " of the backing file is cached",
        false,
        List.of(),
        List.of(
            "the cached data is older than direct I/O, or another program reads the file: run \"fadvised evict "
                + device.name()
                + "\", then doctor again; if it grows back, "
                + storage.filesystem()
                + " does direct I/O on this file through the page cache, and only eviction helps"));
  }

  /** Such as what a reader of the file's first blocks leaves behind. */
  private static boolean isNegligible(long resident) {
    return resident < SweepPolicy.WORTH_BYTES;
  }

  private Diagnosis switchedOff() {
    return new Diagnosis(
        Cause.SWITCHED_OFF,
        "direct I/O is off but available: sector size "
            + device.logicalBlockBytes()
            + ", "
            + storage.words()
            + " requires "
            + neededBytes()
            + " ("
            + origin()
            + ")",
        isDerived(),
        cured(cure().switchOn()),
        whoAttachesIt());
  }

  private Diagnosis sectorSize(int needed) {
    String words =
        "direct I/O unavailable: sector size "
            + device.logicalBlockBytes()
            + ", "
            + storage.words()
            + " requires "
            + needed
            + " ("
            + origin()
            + ")";
    if (tooSmallFor(needed).isPresent()) {
      return contents(needed, words + "; " + tooSmallFor(needed).get());
    }
    Cure cure = cure();
    List<String> commands = cure.changeSectors(needed);
    List<String> advice = new ArrayList<>();
    cure.hindrance().ifPresent(advice::add);
    if (contents.isEmpty()) {
      advice.add(
          "the content of the device was not recognised and may not work with sectors of "
              + needed
              + ": ext4 works if its blocks are that large; XFS and FAT made for smaller sectors do"
              + " not, nor do partition tables");
    }
    if (!commands.isEmpty()) {
      advice.add(
          (attachment.mounts().isEmpty() ? "" : "stop all programs that use these mounts; ")
              + "if it is mounted in another mount namespace (a container), unmount it there"
              + " first: kernels before 6.17 may not notice that mount");
      advice.add(
          "to undo: the same commands with --sector-size "
              + device.logicalBlockBytes()
              + " and --direct-io=off");
    }
    if (attachment.hasBindMounts()) {
      advice.add("create its bind mounts again");
    }
    advice.addAll(whoAttachesIt());
    return new Diagnosis(Cause.SECTOR_SIZE, words, isDerived(), cured(commands), advice);
  }

  /** Why what is on the device does not work with such sectors, in words. */
  private Optional<String> tooSmallFor(int needed) {
    if (attachment.hasMountedPartitions()) {
      return Optional.of("its partition table requires the current sector size");
    }
    return contents
        .filter(found -> found.maxSectorBytes() < needed)
        .map(
            found -> found.kind() + " on it supports sectors of at most " + found.maxSectorBytes());
  }

  private Diagnosis contents(int needed, String words) {
    return new Diagnosis(
        Cause.CONTENTS,
        words,
        isDerived(),
        List.of(),
        List.of(
            "evict the lower cache, or copy the data to a new device that is attached with \"losetup"
                + " --direct-io=on --sector-size "
                + needed
                + "\" before its filesystem is made"));
  }

  private Cure cure() {
    return new Cure(attachment, storage.named());
  }

  private List<String> cured(List<String> commands) {
    if (commands.isEmpty() || isNegligible(residentBytes.orElse(0))) {
      return commands;
    }
    List<String> all = new ArrayList<>(commands);
    cure().dropWhatIsLeft().ifPresent(all::add);
    return all;
  }

  private List<String> whoAttachesIt() {
    return attachment.autoclear()
        ? List.of(
            "the device is detached at unmount, as with \"mount -o loop\"; mount(8) cannot enable"
                + " direct I/O: attach it with losetup first, then mount the device")
        : List.of(
            "to make it permanent, change the unit or script that attaches the device at boot");
  }

  private Diagnosis incurable(Cause cause, String words, boolean derived) {
    return new Diagnosis(
        cause,
        words,
        derived,
        List.of(),
        List.of("no command enables direct I/O here; evict the lower cache"));
  }

  private boolean isRefused() {
    boolean told = storage.alignmentBytes().isPresent();
    return told
        ? storage.alignmentBytes().getAsInt() == 0
        : !storage.opensForDirectIo().orElse(true);
  }

  private String refusal() {
    return storage.alignmentBytes().isPresent() ? "reported by statx" : "open with O_DIRECT fails";
  }

  private int neededBytes() {
    OptionalInt told = storage.alignmentBytes();
    return told.isPresent()
        ? told.getAsInt()
        : storage.disk().map(Storage.Disk::sectorBytes).orElse(SMALLEST_SECTOR_BYTES);
  }

  private boolean isDerived() {
    return storage.alignmentBytes().isEmpty();
  }

  private String origin() {
    if (!isDerived()) {
      return "reported by statx";
    }
    return storage.disk().isPresent()
        ? "derived from the sectors of " + storage.disk().get().name()
        : "derived: the filesystem has no disk of its own";
  }
}
