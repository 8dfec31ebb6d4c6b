package io.fadvised.directio;

import io.fadvised.loop.Printable;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The program or file that attaches a loop device, where a permanent change belongs.
 *
 * @param place its name, or a file and a line
 * @param line the line in a file; empty if it is a program
 */
record Attacher(Kind kind, String place, String line) {
  /** The end of a line: a mount point, the type, the options, and up to two numbers. */
  private static final String FSTAB = "\\s%s\\s+\\S+\\s+(\\S+)(\\s+\\d+){0,2}$";

  /** rawfile/utils/rawfile.py in openebs/rawfile-localpv runs losetup with --direct-io=on only. */
  static final String RAWFILE = "rawfile.csi.openebs.io";

  /** Kinds of attachers. */
  enum Kind {
    /** A line of fstab(5), a mount unit or a script with mount(8), with the option loop. */
    MOUNT,
    /** A line of a script or unit that runs losetup. */
    SCRIPT,
    /** A CSI driver, by its name. */
    CSI_DRIVER,
    SNAPD,
    DOCKER,
    INCUS,
    SYSTEMD
  }

  /**
   * Returns where the change belongs, in a sentence.
   *
   * @param options that losetup(8) needs, such as {@code --direct-io=on}
   */
  String words(String options) {
    return switch (kind) {
      case MOUNT ->
          place
              + " attaches it, and mount(8) has no option for direct I/O: attach the file before with"
              + " \"losetup --find "
              + options
              + "\", and mount uses that device";
      case SCRIPT -> "to make it permanent, " + script(options);
      case CSI_DRIVER -> driver(options);
      case SNAPD -> "snapd attaches it, and has no option for direct I/O";
      case DOCKER ->
          "Docker attaches it for its devicemapper driver: give dockerd a block device with"
              + " --storage-opt dm.thinpooldev, or use overlay2";
      case INCUS ->
          place
              + " attaches it, with direct I/O where sectors of 512 bytes allow that: put the storage"
              + " pool on a disk or partition";
      case SYSTEMD ->
          "systemd attaches it, with direct I/O where the sector size of the image allows that";
    };
  }

  /** Returns whether it is a program that decides by itself, not a file of this host. */
  boolean isProgram() {
    return kind != Kind.MOUNT && kind != Kind.SCRIPT;
  }

  /**
   * Returns whether systemd mounts the whole file there at boot, by a line of fstab(5). The option
   * loop=DEVICE fails if another device has the file.
   */
  boolean mountsAtBoot(String point) {
    if (kind != Kind.MOUNT || !place.startsWith("/etc/fstab, ")) {
      return false;
    }
    Matcher fields = Pattern.compile(FSTAB.formatted(Pattern.quote(point))).matcher(line);
    if (!fields.find()) {
      return false;
    }
    List<String> options = List.of(fields.group(1).split(","));
    return options.contains("loop")
        && !options.contains("noauto")
        && options.stream().noneMatch(option -> option.matches("(loop|offset|sizelimit)=.*"));
  }

  private String driver(String options) {
    String words = "the CSI driver " + place + " attaches it";
    return place.equals(RAWFILE) && options.contains("--sector-size")
        ? words
            + " with direct I/O, but has no setting for larger sectors (0.15): give it a storage pool"
            + " on a disk with sectors of 512 bytes"
        : words + ": its losetup needs \"" + options + "\"";
  }

  private String script(String options) {
    String changed = line.replaceFirst("losetup(?=\\s)", "losetup " + options);
    return line.contains("--direct-io") || line.contains("--sector-size") || changed.equals(line)
        ? "use \"losetup " + options + "\" in " + place
        : "change " + place + " to: " + Printable.of(changed);
  }
}
