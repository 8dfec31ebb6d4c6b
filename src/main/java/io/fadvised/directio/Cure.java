package io.fadvised.directio;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.Printable;
import java.util.ArrayList;
import java.util.List;

/** The commands that switch direct I/O on, for losetup(8), mount(8) and a shell. */
final class Cure {
  private static final int DELETE = 0x7f;

  private final Attachment attachment;
  private final LoopDevice device;

  Cure(Attachment attachment) {
    this.attachment = attachment;
    device = attachment.device();
  }

  /** Nothing has to be detached. */
  List<String> switchOn() {
    return List.of("losetup --direct-io=on " + attachment.node());
  }

  /**
   * Sectors cannot be changed while the device is in use: EBUSY from 6.17 on, and a filesystem
   * confused before (7e49538288e5).
   */
  List<String> attachAgain(int sectorBytes) {
    List<String> commands = new ArrayList<>();
    for (int i = attachment.mounts().size() - 1; i >= 0; i--) { // the last one mounted first
      commands.add("umount " + quoted(attachment.mounts().get(i).point()));
    }
    if (!attachment.autoclear() || attachment.mounts().isEmpty()) {
      commands.add("losetup --detach " + attachment.node());
    }
    commands.add(attach(sectorBytes));
    for (Attachment.Mount mount : attachment.mounts()) {
      if (!mount.bind()) {
        commands.add("mount " + mount.node() + " " + quoted(mount.point()));
      }
    }
    return commands;
  }

  /** What is cached from before leaves by no command of losetup's; see dd(1), nocache. */
  String dropWhatIsLeft() {
    return "dd if=" + quoted(device.backingPath().text()) + " iflag=nocache count=0 status=none";
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
    if (hasPartitions()) {
      command.append(" --partscan");
    }
    return command
        .append(' ')
        .append(attachment.node())
        .append(' ')
        .append(quoted(device.backingPath().text()))
        .toString();
  }

  private boolean hasPartitions() {
    return attachment.mounts().stream().anyMatch(mount -> !mount.node().equals(attachment.node()));
  }

  /**
   * For a POSIX shell; bare where nothing needs quoting. What a terminal would obey is escaped as
   * bash, zsh and ksh understand it: {@code $'\\033'}.
   */
  static String quoted(String text) {
    if (text.matches("[A-Za-z0-9_./:=@%+,-]+")) {
      return text;
    }
    String withoutBackslashes = text.replace("\\", "");
    boolean isPrintable = Printable.of(withoutBackslashes).equals(withoutBackslashes);
    return isPrintable ? "'" + text.replace("'", "'\\''") + "'" : escaped(text);
  }

  private static String escaped(String text) {
    StringBuilder word = new StringBuilder("$'");
    for (byte each : text.getBytes(UTF_8)) {
      boolean isPlain = each >= ' ' && each < DELETE && each != '\'' && each != '\\';
      if (isPlain) {
        word.append((char) each);
      } else {
        word.append(String.format("\\%03o", each & 0xff));
      }
    }
    return word.append('\'').toString();
  }
}
