package io.fadvised.directio;

import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The steps that switch direct I/O on, with losetup(8) and mount(8).
 *
 * <p>They avoid naming the backing file and detaching the device: sysfs can show the name of
 * another file, and a deleted file is lost when it is detached.
 */
final class Cure {
  private static final char REPLACEMENT = '\uFFFD';

  private final Attachment attachment;
  private final LoopDevice device;
  private final boolean named;

  /**
   * @param named see {@link Storage#named}
   */
  Cure(Attachment attachment, boolean named) {
    this.attachment = attachment;
    this.named = named;
    device = attachment.device();
  }

  /** Returns the steps for a device whose sectors fit; none if this host cannot do it. */
  List<CureStep> switchOn() {
    return attachment.tools().noDirectIo().isPresent() ? List.of() : enableDirectIo();
  }

  private List<CureStep> enableDirectIo() {
    return List.of(
        new CureStep(
            CureStep.Action.ENABLE_DIRECT_IO,
            List.of(losetup(), "--direct-io=on", attachment.node()),
            List.of(List.of(losetup(), "--direct-io=off", attachment.node()))));
  }

  /**
   * Returns steps that unmount, change the sector size, and mount again. Changing the sectors of a
   * mounted device fails with EBUSY from 6.17 on and confused the filesystem before (7e49538288e5).
   * A device that is detached at its last unmount is attached again instead.
   *
   * @return no steps if there is a {@link #hindrance}
   */
  List<CureStep> changeSectors(int sectorBytes) {
    if (hindrance().isPresent()) {
      return List.of();
    }
    List<CureStep> steps = new ArrayList<>();
    for (int i = attachment.mounts().size() - 1; i >= 0; i--) { // in reverse order
      steps.add(unmount(attachment.mounts().get(i), i == 0 && isDetachedAtUnmount()));
    }
    if (isDetachedAtUnmount()) {
      steps.add(
          new CureStep(
              CureStep.Action.ATTACH,
              attach(sectorBytes),
              List.of(List.of(losetup(), "--detach", attachment.node()))));
    }
    steps.add(
        new CureStep(
            CureStep.Action.SET_SECTORS,
            setSectors(sectorBytes),
            List.of(setSectors(device.logicalBlockBytes()))));
    steps.addAll(enableDirectIo());
    for (Attachment.Mount mount : attachment.mounts()) {
      steps.add(new CureStep(CureStep.Action.MOUNT, mount(mount), List.of(unmountCommand(mount))));
    }
    if (isDetachedAtUnmount()) {
      steps.add(
          new CureStep(
              CureStep.Action.DETACH_AT_UNMOUNT,
              List.of(losetup(), "--detach", attachment.node()),
              List.of()));
    }
    return steps;
  }

  private CureStep unmount(Attachment.Mount mount, boolean detaches) {
    List<List<String>> undo = new ArrayList<>();
    if (detaches) {
      undo.add(attach(device.logicalBlockBytes()));
    }
    undo.add(mount(mount));
    return new CureStep(CureStep.Action.UNMOUNT, unmountCommand(mount), undo);
  }

  private static List<String> unmountCommand(Attachment.Mount mount) {
    return List.of("umount", mount.point());
  }

  /** A mount that is bound to another one is in its peer group; see mount_namespaces(7). */
  private static List<String> mount(Attachment.Mount mount) {
    if (mount.peer().isPresent()) {
      return List.of("mount", "--bind", mount.peer().get(), mount.point());
    }
    return List.of(
        "mount", "-t", mount.filesystem(), "-o", mount.options(), mount.node(), mount.point());
  }

  private String losetup() {
    return attachment.tools().losetup();
  }

  private List<String> setSectors(int sectorBytes) {
    return List.of(losetup(), "--sector-size", String.valueOf(sectorBytes), attachment.node());
  }

  /** The reason why no commands can change the sectors; empty if they can. */
  Optional<String> hindrance() {
    if (attachment.tools().noSectors().isPresent()) {
      return attachment.tools().noSectors();
    }
    if (!attachment.uses().isEmpty()) {
      return Optional.of(
          "first end its other uses, then run doctor again: "
              + String.join(", ", attachment.uses()));
    }
    if (attachment.unseen().isPresent()) {
      return attachment.unseen();
    }
    String bound =
        attachment.mounts().stream()
            .filter(Attachment.Mount::bind)
            .map(mount -> Printable.of(mount.point()))
            .collect(Collectors.joining(", "));
    if (!bound.isEmpty()) {
      return Optional.of("its bind mounts cannot be made again; unmount them first: " + bound);
    }
    if (mixedMounts().isPresent()) {
      return mixedMounts();
    }
    if (isDetachedAtUnmount() && !isNameUsable()) {
      return Optional.of(
          "the device is detached at its last unmount, and its backing file has no path here to attach"
              + " it again: deleted, or in another mount namespace. Copy the data first");
    }
    boolean isTypable =
        attachment.mounts().stream().allMatch(mount -> isTypable(mount.point() + mount.options()));
    return isTypable
        ? Optional.empty()
        : Optional.of(
            "the name of a mount point cannot be typed in a shell; unmount it by other means");
  }

  /**
   * The words for two mounts of one filesystem of which only one is read-only. The kernel mounts a
   * filesystem that is mounted already only with its present ro or rw; btrfs accepts both.
   */
  private Optional<String> mixedMounts() {
    return attachment.mounts().stream()
        .filter(Attachment.Mount::isReadOnly)
        .filter(mount -> !mount.filesystem().equals("btrfs"))
        .flatMap(
            readOnly ->
                attachment.mounts().stream()
                    .filter(mount -> mount.node().equals(readOnly.node()) && !mount.isReadOnly())
                    .map(writable -> mixed(readOnly, writable)))
        .findFirst();
  }

  private static String mixed(Attachment.Mount readOnly, Attachment.Mount writable) {
    return "its filesystem is mounted read-only on %s and read-write on %s, which mount cannot repeat; unmount one of them first"
        .formatted(Printable.of(readOnly.point()), Printable.of(writable.point()));
  }

  /**
   * Returns a step that evicts earlier pages of the backing file, which losetup does not; see
   * dd(1), nocache. Empty if the file cannot be named, or dd cannot do it.
   */
  Optional<CureStep> evictRest() {
    return isNameUsable() && attachment.tools().evicts()
        ? Optional.of(
            new CureStep(
                CureStep.Action.EVICT,
                List.of("dd", "if=" + path(), "iflag=nocache", "count=0", "status=none"),
                List.of()))
        : Optional.empty();
  }

  private boolean isDetachedAtUnmount() {
    return attachment.autoclear() && !attachment.mounts().isEmpty();
  }

  private boolean isNameUsable() {
    return named && isTypable(path());
  }

  private String path() {
    return device.backingPath().text();
  }

  /** Before util-linux 2.34, losetup ignores the sector size of a new device. */
  private List<String> attach(int sectorBytes) {
    List<String> command = new ArrayList<>(List.of(losetup()));
    command.addAll(List.of("--sector-size", String.valueOf(sectorBytes)));
    if (device.offsetBytes() > 0) {
      command.addAll(List.of("--offset", String.valueOf(device.offsetBytes())));
    }
    if (device.sizeLimitBytes() > 0) {
      command.addAll(List.of("--sizelimit", String.valueOf(device.sizeLimitBytes())));
    }
    if (device.readOnly()) {
      command.add("--read-only");
    }
    command.addAll(List.of(attachment.node(), path()));
    return command;
  }

  /** Returns whether the text has no terminal control and no bytes that are not UTF-8. */
  private static boolean isTypable(String text) {
    String withoutBackslashes = text.replace("\\", "");
    return text.indexOf(REPLACEMENT) < 0
        && Printable.of(withoutBackslashes).equals(withoutBackslashes);
  }
}
