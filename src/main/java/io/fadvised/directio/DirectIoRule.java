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
    if (device.saysDirectIo()) {
      return whileOn();
    }
    if (device.directIo().isEmpty()) {
      return incurable(
          Cause.KERNEL, "this kernel's loop driver has no direct I/O: it came with 4.4", false);
    }
    if (isRefused()) {
      return incurable(
          Cause.FILESYSTEM,
          storage.words() + " takes no direct I/O on this file (" + refusal() + ")",
          false);
    }
    int needed = neededBytes();
    if (device.offsetBytes() % needed != 0) {
      return incurable(
          Cause.OFFSET,
          "direct I/O cannot be had: the device begins at byte "
              + device.offsetBytes()
              + " of its file, which is no multiple of the "
              + needed
              + " bytes that "
              + storage.words()
              + " needs",
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
              ? "direct I/O is on, and next to nothing is cached below"
              : "direct I/O is on",
          residentBytes.isEmpty(),
          List.of(),
          List.of());
    }
    return new Diagnosis(
        Cause.DIRECT_BUT_CACHED,
        "direct I/O is on (dio=1), and yet "
            + Bytes.text(resident)
            + " of the backing file are cached",
        false,
        List.of(),
        List.of(
            "it may be left over from before, or read by another program: run \"fadvised evict "
                + device.name()
                + "\" and look again; if it grows back, "
                + storage.filesystem()
                + " does this file's direct I/O through the page cache, and eviction is the answer"));
  }

  /** Such as what a reader of the file's first blocks leaves behind. */
  private static boolean isNegligible(long resident) {
    return resident < SweepPolicy.WORTH_BYTES;
  }

  private Diagnosis switchedOff() {
    return new Diagnosis(
        Cause.SWITCHED_OFF,
        "direct I/O is off, and nothing stands in its way: "
            + storage.words()
            + " takes it in multiples of "
            + neededBytes()
            + " bytes ("
            + origin()
            + "), and the device's sectors are "
            + device.logicalBlockBytes(),
        isDerived(),
        cured(cure().switchOn()),
        whoAttachesIt());
  }

  private Diagnosis sectorSize(int needed) {
    String words =
        "direct I/O is off and would be refused: the device has sectors of "
            + device.logicalBlockBytes()
            + " bytes, and "
            + storage.words()
            + " needs "
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
          "what is on the device was not recognised, and may not work on sectors of "
              + needed
              + ": ext4 does if its blocks are that large, XFS and FAT made for smaller ones do not,"
              + " and partition tables count in sectors");
    }
    if (!commands.isEmpty()) {
      advice.add(
          (attachment.mounts().isEmpty() ? "" : "whatever uses these mounts has to be stopped; ")
              + "if it is mounted in another mount namespace (a container), unmount it there"
              + " first: before 6.17 the kernel may not notice that");
      advice.add(
          "back to where it was: the same commands with --sector-size "
              + device.logicalBlockBytes()
              + " and --direct-io=off");
    }
    if (attachment.hasBindMounts()) {
      advice.add("bind mounts of it have to be made again by whoever made them");
    }
    advice.addAll(whoAttachesIt());
    return new Diagnosis(Cause.SECTOR_SIZE, words, isDerived(), cured(commands), advice);
  }

  /** Why what is on the device does not work with such sectors, in words. */
  private Optional<String> tooSmallFor(int needed) {
    if (attachment.hasMountedPartitions()) {
      return Optional.of("its partition table counts in sectors of that size");
    }
    return contents
        .filter(found -> found.mostSectorBytes() < needed)
        .map(
            found ->
                found.kind()
                    + " on it works with sectors of "
                    + found.mostSectorBytes()
                    + " at most");
  }

  private Diagnosis contents(int needed, String words) {
    return new Diagnosis(
        Cause.CONTENTS,
        words,
        isDerived(),
        List.of(),
        List.of(
            "evicting the lower copy is the answer, unless the data is copied to a new device, made"
                + " with \"losetup --direct-io=on --sector-size "
                + needed
                + "\" before its filesystem is"));
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
            "the device goes away at unmount, as \"mount -o loop\" makes them; mount(8) cannot ask"
                + " for direct I/O: attach it by losetup first, then mount the device")
        : List.of("whatever attaches the device at boot has to do the same to make it last");
  }

  private Diagnosis incurable(Cause cause, String words, boolean derived) {
    return new Diagnosis(
        cause,
        words,
        derived,
        List.of(),
        List.of("no command cures this here: evicting the lower copy is the answer"));
  }

  private boolean isRefused() {
    boolean told = storage.alignmentBytes().isPresent();
    return told
        ? storage.alignmentBytes().getAsInt() == 0
        : !storage.opensForDirectIo().orElse(true);
  }

  private String refusal() {
    return storage.alignmentBytes().isPresent()
        ? "the kernel says so by statx"
        : "opening it with O_DIRECT is refused";
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
      return "the kernel says so by statx";
    }
    return storage.disk().isPresent()
        ? "derived from the sectors of " + storage.disk().get().name()
        : "derived: the filesystem has no disk of its own";
  }
}
