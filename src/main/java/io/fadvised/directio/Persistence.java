package io.fadvised.directio;

import java.util.List;
import java.util.Optional;

/**
 * The means to make direct I/O on a device last, as {@code cure --persist} does. {@code doctor}
 * advises it where one exists.
 *
 * @param means empty if nothing is possible
 * @param obstacle the reason then, and where the change belongs instead; else empty
 */
public record Persistence(Optional<Means> means, List<String> obstacle) {
  /**
   * Characters of paths that mean nothing to udev. It has escapes for others, but some versions do
   * not know them, and a name that only looks like this one must not match.
   */
  private static final String PLAIN = "/[\\p{L}\\p{N} /._,:=@+~()#-]*(?<! )";

  /** Means to make it last. */
  public enum Means {
    /** A rule of udev(7), where the sectors fit: it cannot change them. */
    UDEV_RULE("udev"),
    /** A unit of systemd(1) that attaches a file of fstab(5) before it is mounted. */
    SYSTEMD_UNIT("systemd");

    private final String program;

    Means(String program) {
      this.program = program;
    }

    /** The program that reads it. */
    String program() {
      return program;
    }
  }

  /** Decides for a device with an attacher, if it is known. */
  public static Persistence of(Attachment attachment, Storage storage) {
    if (attachment.isAttachedByProgram()) {
      return not(attachment.adviceOnAttaching("--direct-io=on"));
    }
    int needed = storage.neededBytes().orElse(Storage.MIN_SECTOR_BYTES);
    boolean isUnit = needed > Storage.MIN_SECTOR_BYTES;
    if (isUnit && attachment.pointInFstab().isEmpty()) {
      return not(
          "direct I/O on "
              + storage.words()
              + " needs sectors of "
              + needed
              + " bytes, and they can only be set before the device is mounted",
          attachment.adviceOnAttaching("--direct-io=on --sector-size " + needed));
    }
    if (!storage.named()) {
      return not("its backing file has no path here: it is deleted, or in another mount namespace");
    }
    if (!isPlain(attachment.device().backingPath().text())) {
      return not(
          "the name of its backing file has a character with a special meaning for udev or"
              + " systemd");
    }
    return new Persistence(Optional.of(isUnit ? Means.SYSTEMD_UNIT : Means.UDEV_RULE), List.of());
  }

  private static Persistence not(String... words) {
    return new Persistence(Optional.empty(), List.of(words));
  }

  static boolean isPlain(String path) {
    return path.matches(PLAIN);
  }
}
