package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.linux.FileIdentity;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/** The mounts that this process sees, from /proc/self/mountinfo (proc(5)). */
public final class MountTable {
  private static final int DEVICE_FIELD = 2;
  private static final int ROOT_FIELD = 3;
  private static final int MOUNT_POINT_FIELD = 4;
  private static final int OPTIONS_FIELD = 5;
  private static final int FIRST_OPTIONAL_FIELD = 6;

  /** Thousands of mounts make a long text; what has become stale is found out by fstat(2). */
  private static final Duration KEEP = Duration.ofSeconds(1);

  private final Path mountInfo;
  private final LongSupplier nanoClock;
  private List<Mount> mounts = List.of();
  private long readAtNanos;

  /**
   * Reads below one root, which in tests is a folder of fixtures.
   *
   * @param procRoot where procfs is mounted
   * @param nanoClock {@link System#nanoTime} or a test's
   */
  public MountTable(Path procRoot, LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    mountInfo = procRoot.resolve("self/mountinfo");
  }

  /**
   * One mount.
   *
   * @param device encoded like st_dev
   * @param root what of the filesystem is mounted: "/" is all of it; bytes, one per char
   * @param mountPoint bytes of the path, one per char
   * @param filesystem its type, such as {@code ext4}; printable, since who mounts by FUSE chooses a
   *     part of it
   * @param source what it was mounted from, such as {@code /dev/sda1}; bytes, one per char
   * @param options of this mount, such as {@code rw,noexec}
   * @param filesystemOptions of all mounts of the filesystem, such as {@code rw,errors=remount-ro}
   */
  public record Mount(
      long device,
      String root,
      String mountPoint,
      String filesystem,
      String source,
      String options,
      String filesystemOptions) {
    public byte[] mountPointBytes() {
      return mountPoint.getBytes(ISO_8859_1);
    }
  }

  /** The mounts of one filesystem, in the order of the table. */
  public synchronized List<Mount> mountsOf(long device) throws IOException {
    List<Mount> known = filter(device);
    if (!known.isEmpty() && nanoClock.getAsLong() - readAtNanos <= KEEP.toNanos()) {
      return known;
    }
    mounts = all();
    readAtNanos = nanoClock.getAsLong();
    return filter(device);
  }

  /** All mounts as they are now, in the order of the table. */
  public List<Mount> all() throws IOException {
    return parse(Files.readString(mountInfo, ISO_8859_1));
  }

  private List<Mount> filter(long device) {
    return mounts.stream().filter(mount -> mount.device() == device).toList();
  }

  /** A line ends at a newline alone: other ends of lines are not escaped in a name. */
  static List<Mount> parse(String text) {
    List<Mount> mounts = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      parseLine(line).ifPresent(mounts::add);
    }
    return mounts;
  }

  private static Optional<Mount> parseLine(String line) {
    String[] fields = line.split(" ", -1);
    for (int i = FIRST_OPTIONAL_FIELD; i < fields.length - 2; i++) {
      if (fields[i].equals("-")) {
        String filesystem = Printable.of(unescape(fields[i + 1]));
        String source = unescape(fields[i + 2]);
        String filesystemOptions = i + 3 < fields.length ? unescape(fields[i + 3]) : "";
        OptionalLong device = FileIdentity.parseDevice(fields[DEVICE_FIELD]);
        return device.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new Mount(
                    device.getAsLong(),
                    unescape(fields[ROOT_FIELD]),
                    unescape(fields[MOUNT_POINT_FIELD]),
                    filesystem,
                    source,
                    unescape(fields[OPTIONS_FIELD]),
                    filesystemOptions));
      }
    }
    return Optional.empty();
  }

  /** Space, tab, newline and backslash are written in octal: {@code \040}. */
  private static String unescape(String field) {
    if (field.indexOf('\\') < 0) {
      return field;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(field.length());
    for (int i = 0; i < field.length(); i++) {
      if (field.charAt(i) == '\\' && field.startsWith("", i + 4) && isOctal(field, i + 1)) {
        bytes.write(Integer.parseInt(field, i + 1, i + 4, 8));
        i += 3;
      } else {
        bytes.write(field.charAt(i));
      }
    }
    return bytes.toString(ISO_8859_1);
  }

  private static boolean isOctal(String field, int from) {
    for (int i = from; i < from + 3; i++) {
      if (field.charAt(i) < '0' || field.charAt(i) > '7') {
        return false;
      }
    }
    return true;
  }
}
