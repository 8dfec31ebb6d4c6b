package io.fadvised.cli.cure;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fadvised.loop.LoopDevice;
import java.util.List;

/**
 * A unit of systemd(1) that attaches a file of fstab(5) with larger sectors and direct I/O before
 * its mount unit runs. mount(8) with the option loop then uses that device.
 *
 * @param point where a line of fstab(5) mounts it
 * @param sectorBytes the sector size that direct I/O requires
 */
public record AttachUnit(LoopDevice device, String point, int sectorBytes) {
  private static final String PLAIN = "[A-Za-z0-9:_.]";

  /** The name of the unit and its file. */
  public String fileName() {
    return "fadvised-attach-" + UdevRule.nameOf(path()) + ".service";
  }

  /** The link beside its file that enables it, see systemctl(1). */
  public String linkName() {
    return mountUnit(point) + ".wants/" + fileName();
  }

  /**
   * Returns the content of its file. It waits until the root directory is writable, and gives up
   * after 90 s: the mount then goes on without it, as it does after any failure. It fails if the
   * file has a filesystem of smaller blocks meanwhile, since mount(8) would reject that with larger
   * sectors. blkid(8) reports them since util-linux 2.36.
   *
   * <p>A device that has the file already keeps its sectors, since it may be in use. It only stays
   * attached after its last unmount, until the unit stops. The unit then detaches the devices of
   * the whole file, not those of its parts.
   *
   * @param losetup its path
   */
  public List<String> lines(String losetup) {
    String mount = mountUnit(point);
    String start =
        "b=$(blkid -p -o value -s BLOCK_SIZE \"$0\"); "
            + "[ \"${b:-0}\" -ge %2$d ] || { echo \"$0 has a block size of ${b:-?}, not %2$d\" >&2; exit 1; }; "
            + "s=\"--sector-size %2$d\"; "
            + "for d in $(%1$s --noheadings --output NAME --associated \"$0\"); do "
            + "s=; [ \"$(blockdev --getss \"$d\")\" -ge %2$d ] || exit; done; "
            + "d=$(%1$s --find --show --nooverlap%3$s $s \"$0\") || exit; "
            // Before util-linux 2.34, losetup ignores the sector size of a new device.
            + "[ -z \"$s\" ] || %1$s $s \"$d\" 2>/dev/null; "
            + "%1$s --direct-io=on \"$d\"";
    String stop =
        "%1$s --noheadings --output NAME,OFFSET,SIZELIMIT --associated \"$0\" | "
            + "while read d offset limit; do [ \"$offset $limit\" != \"0 0\" ] || %1$s --detach \"$d\"; done";
    return List.of(
        "# By \"fadvised cure --persist\". To undo it, run \"systemctl disable --now "
            + fileName()
            + "\", remove this file, and run \"systemctl daemon-reload\".",
        "[Unit]",
        "Description=Attach " + path() + " with direct I/O",
        "DefaultDependencies=no",
        "RequiresMountsFor=\"" + path() + "\"",
        "Wants=local-fs-pre.target",
        "After=local-fs-pre.target",
        "Before=" + mount + " shutdown.target",
        "Conflicts=shutdown.target",
        "",
        "[Service]",
        "Type=oneshot",
        "RemainAfterExit=yes",
        "TimeoutStartSec=90",
        "ExecStart=" + shell(start, losetup),
        "ExecStop=" + shell(stop, losetup),
        "",
        "[Install]",
        "WantedBy=" + mount);
  }

  private String shell(String script, String losetup) {
    String filled = script.formatted(losetup, sectorBytes, device.readOnly() ? " --read-only" : "");
    return "/bin/sh -c '%s' \"%s\"".formatted(filled.replace("$", "$$"), path());
  }

  private String path() {
    return device.backingPath().text();
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
