package io.fadvised.directio;

import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The commands that switch direct I/O on, for losetup(8), mount(8) and a POSIX shell. Each is meant
 * to be done only if the one before succeeded.
 *
 * <p>Where it can be avoided they name no backing file and detach nothing: sysfs may show the name
 * of another file, and a deleted file lives only as long as it is attached.
 */
final class Cure {
  private static final char REPLACEMENT = '\uFFFD';

  private final Attachment attachment;
  private final LoopDevice device;
  private final boolean named;

  /**
   * @param named whether the backing file's path leads to it, from here
   */
  Cure(Attachment attachment, boolean named) {
    this.attachment = attachment;
    this.named = named;
    device = attachment.device();
  }

  /** Nothing has to be detached. */
  List<String> switchOn() {
    return List.of("losetup --direct-io=on " + attachment.node());
  }

  /**
   * Sectors are changed while the filesystem is not mounted: with one, EBUSY from 6.17 on, and a
   * filesystem confused before (7e49538288e5). A device that goes away at the last unmount has to
   * be attached again instead.
   *
   * @return none if something keeps them from being typed, see {@link #hindrance}
   */
  List<String> changeSectors(int sectorBytes) {
    if (hindrance().isPresent()) {
      return List.of();
    }
    List<String> commands = new ArrayList<>();
    for (int i = attachment.mounts().size() - 1; i >= 0; i--) { // the last one mounted first
      commands.add("umount " + quoted(attachment.mounts().get(i).point()));
    }
    if (goesAway()) {
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

  /** Why sectors cannot be changed by commands, in words. */
  Optional<String> hindrance() {
    if (!attachment.uses().isEmpty()) {
      return Optional.of(
          "first end its other uses, then run doctor again: "
              + String.join(", ", attachment.uses()));
    }
    if (goesAway() && !isNameUsable()) {
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
   * What is cached from before leaves by no command of losetup's; see dd(1), nocache. Empty if the
   * file cannot be named.
   */
  Optional<String> dropWhatIsLeft() {
    return isNameUsable()
        ? Optional.of(
            "dd if=" + quoted(device.backingPath().text()) + " iflag=nocache count=0 status=none")
        : Optional.empty();
  }

  private boolean goesAway() {
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

  /** Nothing that a terminal would obey, and no bytes that are lost as text. */
  private static boolean isTypable(String text) {
    String withoutBackslashes = text.replace("\\", "");
    return text.indexOf(REPLACEMENT) < 0
        && Printable.of(withoutBackslashes).equals(withoutBackslashes);
  }

  /** For a POSIX shell; bare where nothing needs quoting. */
  static String quoted(String text) {
    return text.matches("[A-Za-z0-9_./:=@%+,-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
