package io.fadvised.directio;

import io.fadvised.linux.FileSystemType;
import io.fadvised.loop.LoopDevice;
import io.fadvised.policy.Bytes;
import io.fadvised.policy.SweepPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Decides whether a loop device can do direct I/O, by the rules of drivers/block/loop.c. The
 * backing file must support O_DIRECT, and the device's sector size and offset must be multiples of
 * the file's alignment. The alignment is that of STATX_DIOALIGN from 6.15 on. Before, it is the
 * sector size of the disk below the filesystem.
 *
 * <p>If there is neither, the driver assumes 512 bytes. Before 6.15 it assumes them for a
 * filesystem without a disk of its own whatever the file reports, and requests that the file cannot
 * do fail with EIO: XFS on the device shuts down (overlayfs over sectors of 4096 bytes, 6.1). So an
 * unknown alignment is a cause of its own. btrfs does requests that are not aligned through the
 * page cache.
 *
 * <p>The decision changes nothing. Only LOOP_SET_DIRECT_IO would prove it.
 */
public final class DirectIoRule {
  private final Attachment attachment;
  private final LoopDevice device;
  private final Storage storage;
  private final Optional<Contents> contents;
  private final OptionalLong residentBytes;

  /**
   * Creates the rule for one device.
   *
   * @param contents empty if they were not read; no commands change the sectors then
   * @param residentBytes resident bytes of the backing file; empty if unknown
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

  /** Returns the rule for the same device with more known about its use. */
  public DirectIoRule of(Attachment other) {
    return new DirectIoRule(other, storage, contents, residentBytes);
  }

  public Diagnosis diagnose() {
    if (device.hasDirectIo()) {
      return whileOn();
    }
    if (isCompressed()) {
      return new Diagnosis(
          Cause.COMPRESSED,
          "its files are compressed: the lower cache is no second copy, and saves reading the disk again",
          false,
          List.of());
    }
    if (device.directIo().isEmpty()) {
      return incurable(
          Cause.KERNEL, "the loop driver of this kernel has no direct I/O (added in 4.4)", false);
    }
    if (storage.filesystem().equals(FileSystemType.ZFS.toString())) {
      return inTheArc();
    }
    if (isUnsupported()) {
      return incurable(
          Cause.FILESYSTEM,
          storage.words() + " has no direct I/O for this file (" + evidence() + ")",
          false);
    }
    if (isWrittenThroughTheCache()) {
      return readsOnly();
    }
    OptionalInt alignment = storage.neededBytes();
    if (alignment.isEmpty()) {
      return incurable(
          Cause.ALIGNMENT,
          "direct I/O is off: the alignment that it requires on "
              + storage.words()
              + " is unknown, and requests fail where the sectors are too small for it",
          true);
    }
    int needed = alignment.getAsInt();
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
    return device.logicalBlockBytes() < needed ? sectorSize(needed) : switchedOff(needed);
  }

  private boolean isCompressed() {
    return contents
        .map(Contents::compressed)
        .orElseGet(
            () -> attachment.mounts().stream().anyMatch(on -> on.filesystem().equals("squashfs")));
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
          isWrittenThroughTheCache()
              ? List.of(
                  storage.filesystem()
                      + " keeps checksums or copies of the data of this file, so it writes through the page cache all the"
                      + " same; if writes are slow, run \"losetup --direct-io=off "
                      + attachment.node()
                      + "\"")
              : List.of());
    }
    return new Diagnosis(
        Cause.DIRECT_BUT_CACHED,
        "direct I/O is on (dio=1), but " + Bytes.text(resident) + " of the backing file is cached",
        false,
        List.of(
            "the cached data is older than direct I/O, or another program reads the file: run \"fadvised evict "
                + device.name()
                + "\", then doctor again; if it grows back, "
                + storage.filesystem()
                + " does direct I/O on this file through the page cache, and only eviction helps"));
  }

  /**
   * With checksums, btrfs does direct writes through the page cache from 6.15 on (968f19c5b1b7),
   * and evicts and waits for each. Before, a page that changed meanwhile got a wrong checksum.
   * Later kernels also do that with several copies of data, which could differ (7c2830f00c3e).
   */
  private boolean isWrittenThroughTheCache() {
    return storage.checksummed() && !device.readOnly();
  }

  private Diagnosis inTheArc() {
    return new Diagnosis(
        Cause.ARC,
        "ZFS caches the file itself, in its ARC: fadvised cannot measure or evict that copy",
        true,
        List.of(
            "the ARC is limited by the module parameter zfs_arc_max, and keeps no data of a dataset with"
                + " primarycache=metadata"));
  }

  private Diagnosis readsOnly() {
    return new Diagnosis(
        Cause.READS_ONLY,
        "direct I/O is off, and would be for reads only: "
            + storage.filesystem()
            + " keeps checksums or copies of the data of this file, so it writes through the page cache (before Linux 6.15, direct"
            + " writes could make these wrong)",
        false,
        List.of(
            "leave direct I/O off and "
                + eviction()
                + ", or copy the data to a file without"
                + " checksums: one that got \"chattr +C\" while it was empty, with the data profile"
                + " single or raid0"));
  }

  /** Ignores small amounts, such as the first blocks after a tool has read them. */
  private static boolean isNegligible(long resident) {
    return resident < SweepPolicy.WORTH_BYTES;
  }

  private Diagnosis switchedOff(int needed) {
    return new Diagnosis(
        Cause.SWITCHED_OFF,
        "direct I/O is off but available: " + sizes(needed),
        isDerived(),
        cured(cure().switchOn()),
        attachment.tools().noDirectIo().stream().toList(),
        List.of(
            attachment.adviceOnAttaching("--direct-io=on"),
            "fadvised.direct-io = enable makes the daemon switch it on after each attach"
                + persist(", and %s")));
  }

  private Diagnosis sectorSize(int needed) {
    String words = "direct I/O unavailable: " + sizes(needed);
    if (obstacleTo(needed).isPresent()) {
      return contents(needed, words + "; " + obstacleTo(needed).get());
    }
    if (contents.isEmpty()) {
      return new Diagnosis(
          Cause.SECTOR_SIZE,
          words,
          isDerived(),
          List.of(
              "the content of the device could not be read: it may not work with such sectors"));
    }
    Cure cure = cure();
    List<CureStep> steps = cure.changeSectors(needed);
    List<String> advice = new ArrayList<>();
    cure.hindrance().ifPresent(advice::add);
    if (!steps.isEmpty()) {
      if (!attachment.mounts().isEmpty()) {
        advice.add("stop all programs that use these mounts");
      }
      advice.add(
          "to undo: the same commands with --sector-size "
              + device.logicalBlockBytes()
              + " and --direct-io=off");
    }
    String lasting = attachment.adviceOnAttaching("--direct-io=on --sector-size " + needed);
    return new Diagnosis(
        Cause.SECTOR_SIZE,
        words,
        isDerived(),
        cured(steps),
        advice,
        List.of(lasting + persist(". %s")));
  }

  private String sizes(int needed) {
    return "sector size "
        + device.logicalBlockBytes()
        + ", "
        + storage.words()
        + " requires "
        + needed
        + " ("
        + origin()
        + ")";
  }

  /** The reason why the content of the device may not work with such sectors. */
  private Optional<String> obstacleTo(int sectorBytes) {
    if (attachment.hasMountedPartitions()) {
      return Optional.of("its partition table requires the current sector size");
    }
    if (device.sizeBytes() % sectorBytes
        != 0) { // the kernel does not read the last, partial sector
      return Optional.of(
          "its size of " + device.sizeBytes() + " bytes is no multiple of " + sectorBytes);
    }
    return contents.flatMap(found -> found.obstacleTo(sectorBytes));
  }

  private Diagnosis contents(int needed, String words) {
    return new Diagnosis(Cause.CONTENTS, words, isDerived(), List.of(adviceOnContents(needed)));
  }

  private String adviceOnContents(int needed) {
    if (contents.isPresent() && contents.get().hasUnknownLimit()) {
      return eviction()
          + ": the data in "
          + contents.get().kind()
          + " decides which sectors it supports; it is not examined";
    }
    return contents.map(Contents::canBeMade).orElse(true)
        ? eviction()
            + ", or copy the data to a new device that is attached with \"losetup"
            + " --direct-io=on --sector-size "
            + needed
            + "\" before "
            + (isPartitioned() ? "it is partitioned" : "its filesystem is made")
        : eviction();
  }

  private String eviction() {
    return "evict the lower cache (\"fadvised evict " + device.name() + "\")";
  }

  private boolean isPartitioned() {
    return attachment.hasMountedPartitions()
        || contents.map(Contents::isPartitionTable).orElse(false);
  }

  private Cure cure() {
    return new Cure(attachment, storage.named());
  }

  private List<CureStep> cured(List<CureStep> steps) {
    if (steps.isEmpty() || isNegligible(residentBytes.orElse(0))) {
      return steps;
    }
    List<CureStep> all = new ArrayList<>(steps);
    boolean isDetachedLast =
        steps.get(steps.size() - 1).action() == CureStep.Action.DETACH_AT_UNMOUNT;
    cure().evictRest().ifPresent(step -> all.add(steps.size() - (isDetachedLast ? 1 : 0), step));
    return all;
  }

  /** Advises {@code cure --persist} where it does not refuse the device. */
  private String persist(String format) {
    return Persistence.of(attachment, storage)
        .means()
        .map(means -> "\"fadvised cure --persist\" makes " + means.program() + " do that")
        .map(format::formatted)
        .orElse("");
  }

  private Diagnosis incurable(Cause cause, String words, boolean derived) {
    return new Diagnosis(
        cause, words, derived, List.of("no command enables direct I/O here; " + eviction()));
  }

  private boolean isUnsupported() {
    boolean reported = storage.alignmentBytes().isPresent();
    return reported
        ? storage.alignmentBytes().getAsInt() == 0
        : !storage.opensForDirectIo().orElse(true);
  }

  private String evidence() {
    return storage.alignmentBytes().isPresent() ? "reported by statx" : "open with O_DIRECT fails";
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
        : "it does smaller requests through the page cache";
  }
}
