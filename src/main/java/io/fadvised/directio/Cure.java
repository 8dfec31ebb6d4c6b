package io.fadvised.directio;

import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The shell commands that switch direct I/O on, with losetup(8) and mount(8). Each requires that
 * the one before succeeded.
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

  List<String> switchOn() {
    return List.of("losetup --direct-io=on " + attachment.node());
  }

  /**
   * Returns commands that unmount, change the sector size, and mount again. Changing the sectors of
   * a mounted device fails with EBUSY from 6.17 on and confused the filesystem before
   * (7e49538288e5). A device that is detached at its last unmount is attached again instead.
   *
   * @return no commands if there is a {@link #hindrance}
   */
  List<String> changeSectors(int sectorBytes) {
    if (hindrance().isPresent()) {
      return List.of();
    }
    List<String> commands = new ArrayList<>();
    for (int i = attachment.mounts().size() - 1; i >= 0; i--) { // in reverse order
      commands.add("umount " + quoted(attachment.mounts().get(i).point()));
    }
    if (isDetachedAtUnmount()) {
      commands.add(attach(sectorBytes));
    } else {
      commands.add("losetup --sector-size " + sectorBytes + " " + attachment.node());
      commands.addAll(switchOn());
    }
    for (Attachment.Mount mount : attachment.mounts()) {
      if (!mount.bind()) {
        commands.add(
            "mount -t "
                + quoted(mount.filesystem())
                + " -o "
                + quoted(mount.options())
                + " "
                + mount.node()
                + " "
                + quoted(mount.point()));
      }
    }
    return commands;
  }

  /** The reason why no commands can change the sectors; empty if they can. */
  Optional<String> hindrance() {
    if (!attachment.uses().isEmpty()) {
      return Optional.of(
          "first end its other uses, then run doctor again: "
              + String.join(", ", attachment.uses()));
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
   * Returns a command that evicts earlier pages of the backing file, which losetup does not; see
   * dd(1), nocache. Empty if the file cannot be named.
   */
  Optional<String> evictRest() {
    return isNameUsable()
        ? Optional.of(
            "dd if=" + quoted(device.backingPath().text()) + " iflag=nocache count=0 status=none")
        : Optional.empty();
  }

  private boolean isDetachedAtUnmount() {
    return attachment.autoclear() && !attachment.mounts().isEmpty();
  }

  private boolean isNameUsable() {
    return named && isTypable(device.backingPath().text());
  }

  private String attach(int sectorBytes) {
    StringBuilder command = new StringBuilder("losetup --direct-io=on --sector-size ");
    command.append(sectorBytes);
    if (device.offsetBytes() > 0) {
      command.append(" --offset ").append(device.offsetBytes());
    }
    if (device.sizeLimitBytes() > 0) {
      command.append(" --sizelimit ").append(device.sizeLimitBytes());
    }
    if (device.readOnly()) {
      command.append(" --read-only");
    }
    return command
        .append(' ')
        .append(attachment.node())
        .append(' ')
        .append(quoted(device.backingPath().text()))
        .toString();
  }

  /** Returns whether the text has no terminal control and no bytes that are not UTF-8. */
  private static boolean isTypable(String text) {
    String withoutBackslashes = text.replace("\\", "");
    return text.indexOf(REPLACEMENT) < 0
        && Printable.of(withoutBackslashes).equals(withoutBackslashes);
  }

  /** Quotes text for a POSIX shell where necessary. */
  static String quoted(String text) {
    return text.matches("[A-Za-z0-9_./:=@%+,-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
