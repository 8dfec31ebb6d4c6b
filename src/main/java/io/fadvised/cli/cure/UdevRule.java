package io.fadvised.cli.cure;

import io.fadvised.directio.Attachment;
import io.fadvised.directio.Cause;
import io.fadvised.directio.HostSetup;
import io.fadvised.directio.Storage;
import io.fadvised.doctor.DeviceFindings;
import java.util.List;
import java.util.Optional;

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

  /**
   * Characters of paths that mean nothing to udev. It has escapes for others, but some versions do
   * not know them, and a name that only looks like this one must not match.
   */
  private static final String PLAIN = "/[\\p{L}\\p{N} /._,:=@+~()#-]*(?<! )";

  /**
   * Returns the reason why neither a rule nor an {@link AttachUnit} makes the cure of a device
   * last; empty if one does.
   *
   * @param setup the host, which shows who attaches the device
   */
  public static Optional<List<String>> obstacle(DeviceFindings found, HostSetup setup) {
    Attachment attachment = found.attachment().on(setup);
    Cause cause = found.diagnosis().cause();
    if (cause.isHealthy() && cause != Cause.DIRECT) {
      return Optional.of(List.of(found.diagnosis().words()));
    }
    if (attachment.isAttachedByProgram()) {
      return Optional.of(List.of(attachment.adviceOnAttaching("--direct-io=on")));
    }
    return found
        .storage()
        .map(storage -> obstacle(attachment, storage))
        .orElse(Optional.of(List.of("its backing file cannot be examined")));
  }

  private static Optional<List<String>> obstacle(Attachment attachment, Storage storage) {
    int needed = storage.neededBytes().orElse(Storage.MIN_SECTOR_BYTES);
    if (needed > Storage.MIN_SECTOR_BYTES && attachment.pointInFstab().isEmpty()) {
      return Optional.of(
          List.of(
              "direct I/O on "
                  + storage.words()
                  + " needs sectors of "
                  + needed
                  + " bytes, and they can only be set before the device is mounted",
              attachment.adviceOnAttaching("--direct-io=on --sector-size " + needed)));
    }
    String path = attachment.device().backingPath().text();
    if (!storage.named()) {
      return Optional.of(
          List.of(
              "its backing file has no path here: it is deleted, or in another mount namespace"));
    }
    return path.matches(PLAIN)
        ? Optional.empty()
        : Optional.of(
            List.of(
                "the name of its backing file has a character that means something to udev or"
                    + " systemd"));
  }

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
