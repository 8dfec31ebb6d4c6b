package io.fadvised.directio;

import io.fadvised.loop.LoopDevice;
import io.fadvised.policy.Bytes;
import java.util.ArrayList;
import java.util.List;
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
  /** Pages that a reader of the file itself, or of its first blocks, leaves behind. */
  private static final long NEGLIGIBLE_BYTES = 1L << 20;

  private static final int SMALLEST_SECTOR_BYTES = 512;

  private final Attachment attachment;
  private final LoopDevice device;
  private final Storage storage;
  private final OptionalLong residentBytes;

  /**
   * A rule for one device.
   *
   * @param residentBytes of the backing file; empty if that is not known
   */
  public DirectIoRule(Attachment attachment, Storage storage, OptionalLong residentBytes) {
    this.attachment = attachment;
    device = attachment.device();
    this.storage = storage;
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
    if (resident <= NEGLIGIBLE_BYTES) {
      return new Diagnosis(
          Cause.DIRECT,
          residentBytes.isPresent()
              ? "direct I/O is on, and nothing is cached below"
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
        cured(new Cure(attachment).switchOn()),
        whoAttachesIt());
  }

  private Diagnosis sectorSize(int needed) {
    List<String> advice = new ArrayList<>();
    advice.add(
        "a filesystem made for sectors of "
            + device.logicalBlockBytes()
            + " bytes may not mount on sectors of "
            + needed
            + ": ext4 does if its blocks are that large, XFS and FAT do not, and partition tables"
            + " count in sectors. Try it with a copy first; without --sector-size it is as it was");
    if (!attachment.mounts().isEmpty()) {
      advice.add("whatever uses these mounts has to be stopped for that");
    }
    if (attachment.hasBindMounts()) {
      advice.add("bind mounts of it have to be made again by whoever made them");
    }
    advice.addAll(whoAttachesIt());
    return new Diagnosis(
        Cause.SECTOR_SIZE,
        "direct I/O is off and would be refused: the device has sectors of "
            + device.logicalBlockBytes()
            + " bytes, and "
            + storage.words()
            + " needs "
            + needed
            + " ("
            + origin()
            + ")",
        isDerived(),
        cured(new Cure(attachment).attachAgain(needed)),
        advice);
  }

  private List<String> cured(List<String> commands) {
    if (residentBytes.orElse(0) <= NEGLIGIBLE_BYTES) {
      return commands;
    }
    List<String> all = new ArrayList<>(commands);
    all.add(new Cure(attachment).dropWhatIsLeft());
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
