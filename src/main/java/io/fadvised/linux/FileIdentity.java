package io.fadvised.linux;

import java.util.OptionalLong;

/**
 * A file's identity on this host, whatever its name.
 *
 * @param device st_dev as fstat(2) and LOOP_GET_STATUS64 give it (the kernel's huge_encode_dev)
 * @param inode st_ino
 */
public record FileIdentity(long device, long inode) {

  /**
   * Encodes the {@code major:minor} of /proc/self/mountinfo like st_dev (include/linux/kdev_t.h).
   */
  public static long encodeDevice(int major, int minor) {
    return (minor & 0xffL) | ((long) major << 8) | ((minor & ~0xffL) << 12);
  }

  /** The same from text; empty if it is something else. */
  public static OptionalLong parseDevice(String majorMinor) {
    String[] parts = majorMinor.split(":", -1);
    try {
      return parts.length == 2
          ? OptionalLong.of(encodeDevice(Integer.parseInt(parts[0]), Integer.parseInt(parts[1])))
          : OptionalLong.empty();
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
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
