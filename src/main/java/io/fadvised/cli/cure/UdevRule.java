package io.fadvised.cli.cure;

import java.util.List;

/**
 * A rule for udev(7) that switches direct I/O on whenever a file is attached to a loop device.
 *
 * <p>It cannot change the sector size. udev runs it after the device was attached, and mount(8) has
 * the device open by then.
 *
 * @param backingFile the path that sysfs shows for it
 */
public record UdevRule(String backingFile) {
  private static final int MAX_NAME = 40;

  public String fileName() {
    return "90-fadvised-" + nameOf(backingFile) + ".rules";
  }

  /** Another file has another name, but for a collision of hashes. */
  static String nameOf(String backingFile) {
    String name = backingFile.substring(backingFile.lastIndexOf('/') + 1);
    String plain = name.replaceAll("[^A-Za-z0-9._-]", "_");
    return "%s-%08x"
        .formatted(plain.substring(0, Math.min(MAX_NAME, plain.length())), backingFile.hashCode());
  }

  /**
   * Returns the content of its file. Only devices without direct I/O match, so that the rule does
   * nothing after an event that it caused itself.
   *
   * @param losetup its path
   */
  public List<String> lines(String losetup) {
    return List.of(
        "# By \"fadvised cure --persist\". To undo it, remove this file.",
        "ACTION!=\"remove\", SUBSYSTEM==\"block\", KERNEL==\"loop*\","
            + " ATTR{loop/backing_file}==\""
            + backingFile
            + "\", ATTR{loop/dio}==\"0\", RUN+=\""
            + losetup
            + " --direct-io=on $devnode\"");
  }
}
