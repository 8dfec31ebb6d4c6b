package io.fadvised.cli.cure;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fadvised.directio.Attachment;
import io.fadvised.loop.LoopDevice;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A unit of systemd(1) that attaches a file with larger sectors and direct I/O before its mount
 * unit runs. mount(8) with the option loop then uses that device.
 *
 * @param sectorBytes the sector size that direct I/O requires
 */
public record AttachUnit(Attachment attachment, int sectorBytes) {
  private static final String PLAIN = "[A-Za-z0-9:_.]";

  /** The name of the unit and its file. */
  public String fileName() {
    return "fadvised-attach-" + UdevRule.nameOf(path()) + ".service";
  }

  /**
   * Returns the content of its file. Starting it for a device that is mounted already only keeps
   * the device attached after its last unmount, until the unit stops.
   *
   * @param losetup its path
   */
  public List<String> lines(String losetup) {
    String mounts =
        attachment.mounts().stream()
            .map(mount -> mountUnit(mount.point()))
            .distinct()
            .collect(Collectors.joining(" "));
    LoopDevice device = attachment.device();
    String part =
        (device.offsetBytes() > 0 ? " --offset " + device.offsetBytes() : "")
            + (device.sizeLimitBytes() > 0 ? " --sizelimit " + device.sizeLimitBytes() : "")
            + (device.readOnly() ? " --read-only" : "");
    String offset = device.offsetBytes() > 0 ? " --offset " + device.offsetBytes() : "";
    return List.of(
        "# By \"fadvised cure --persist\". To undo it, run \"systemctl disable "
            + fileName()
            + "\" and remove this file.",
        "[Unit]",
        "Description=Attach " + path() + " with direct I/O",
        "DefaultDependencies=no",
        "RequiresMountsFor=\"" + path() + "\"",
        "Before=" + mounts + " shutdown.target",
        "Conflicts=shutdown.target",
        "",
        "[Service]",
        "Type=oneshot",
        "RemainAfterExit=yes",
        // Before util-linux 2.34, losetup ignores the sector size of a new device.
        "ExecStart=/bin/sh -c 'd=$$(%1$s --find --show --nooverlap --sector-size %2$d%3$s \"$$0\") && { %1$s --sector-size %2$d \"$$d\" 2>/dev/null; %1$s --direct-io=on \"$$d\"; }' \"%4$s\""
            .formatted(losetup, sectorBytes, part, path()),
        "ExecStop=/bin/sh -c '%1$s --noheadings --output NAME --associated \"$$0\"%2$s | while read d; do %1$s --detach \"$$d\"; done' \"%3$s\""
            .formatted(losetup, offset, path()),
        "",
        "[Install]",
        "WantedBy=" + mounts);
  }

  private String path() {
    return attachment.device().backingPath().text();
  }

  /** The name of the unit for a mount point, see systemd-escape(1) with --path. */
  static String mountUnit(String point) {
    if (point.equals("/")) {
      return "-.mount";
    }
    StringBuilder name = new StringBuilder();
    for (byte one : point.substring(1).getBytes(UTF_8)) {
      String text = String.valueOf((char) one);
      boolean isHidden = one == '.' && name.isEmpty();
      if (one == '/') {
        name.append('-');
      } else if (text.matches(PLAIN) && !isHidden) {
        name.append(text);
      } else {
        name.append(String.format("\\x%02x", one));
      }
    }
    return name + ".mount";
  }
}
