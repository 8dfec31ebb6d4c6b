package io.fadvised.linux;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file's identity on this host, independent of its name.
 *
 * @param device st_dev as fstat(2) and LOOP_GET_STATUS64 give it (the kernel's huge_encode_dev)
 * @param inode st_ino
 */
public record FileIdentity(long device, long inode) {
  private static final Pattern MAJOR_MINOR = Pattern.compile("([0-9]{1,4}):([0-9]{1,7})");

  /** MINORBITS is 20, include/linux/kdev_t.h. */
  private static final int MAX_MINOR = (1 << 20) - 1;

  private static final int MAX_MAJOR = (1 << 12) - 1;

  /**
   * Encodes the {@code major:minor} of /proc/self/mountinfo like st_dev (include/linux/kdev_t.h).
   */
  public static long encodeDevice(int major, int minor) {
    return (minor & 0xffL) | ((long) major << 8) | ((minor & ~0xffL) << 12);
  }

  /** Parses {@code major:minor} and encodes it like st_dev; empty if it is malformed. */
  public static OptionalLong parseDevice(String majorMinor) {
    Matcher parts = MAJOR_MINOR.matcher(majorMinor);
    if (!parts.matches()) {
      return OptionalLong.empty();
    }
    int major = Integer.parseInt(parts.group(1));
    int minor = Integer.parseInt(parts.group(2));
    return major <= MAX_MAJOR && minor <= MAX_MINOR
        ? OptionalLong.of(encodeDevice(major, minor))
        : OptionalLong.empty();
  }

  /** The device as {@code major:minor}. */
  public String deviceText() {
    long major = (device >> 8) & 0xfff;
    long minor = (device & 0xff) | ((device >> 12) & 0xfff00);
    return major + ":" + minor;
  }

  @Override
  public String toString() {
    return "inode " + inode + " on device " + deviceText();
  }
}
