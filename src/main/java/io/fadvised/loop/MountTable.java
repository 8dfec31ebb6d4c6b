package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.linux.FileIdentity;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The mounts of this process, from /proc/self/mountinfo (proc(5)). The kernel takes milliseconds to
 * print thousands of them, so the text is cached for 1 s, and for up to 30 s while no mount
 * changes. An entry can be out of date; callers verify it with fstat(2).
 */
public final class MountTable {
  private static final int ID_FIELD = 0;
  private static final int PARENT_FIELD = 1;
  private static final int DEVICE_FIELD = 2;
  private static final int ROOT_FIELD = 3;
  private static final int MOUNT_POINT_FIELD = 4;
  private static final int OPTIONS_FIELD = 5;
  private static final int FIRST_OPTIONAL_FIELD = 6;

  private static final Duration MAX_AGE = Duration.ofSeconds(1);

  /** Limited because renaming a directory above a mount point does not count as a change. */
  private static final Duration MAX_AGE_UNCHANGED = Duration.ofSeconds(30);

  /** Reads the whole table. */
  @FunctionalInterface
  interface Source {
    String read() throws IOException;
  }

  private final Source source;
  private final LongSupplier nanoClock;
  private final BooleanSupplier changes;
  private @Nullable String text;
  private boolean changed;
  private long readAtNanos;

  /**
   * A table that is cached for one second.
   *
   * @param procRoot where procfs is mounted; a directory of fixtures in tests
   * @param nanoClock such as {@link System#nanoTime}
   */
  public MountTable(Path procRoot, LongSupplier nanoClock) {
    this(procRoot, nanoClock, () -> true);
  }

  /**
   * A table that is cached longer while no mount changes.
   *
   * @param changes returns whether mounts changed since its last call
   */
  public MountTable(Path procRoot, LongSupplier nanoClock, BooleanSupplier changes) {
    this(() -> Files.readString(fileBelow(procRoot), ISO_8859_1), nanoClock, changes);
  }

  MountTable(Source source, LongSupplier nanoClock, BooleanSupplier changes) {
    this.source = source;
    this.nanoClock = nanoClock;
    this.changes = changes;
  }

  /** The file that the table is read from. */
  public static Path fileBelow(Path procRoot) {
    return procRoot.resolve("self/mountinfo");
  }

  /**
   * One mount.
   *
   * @param device encoded like st_dev
   * @param root the mounted part of the filesystem, "/" for all of it; bytes, one per char
   * @param mountPoint bytes of the path, one per char
   * @param filesystem its type, such as {@code ext4}; escaped, since users of FUSE choose part of
   *     it
   * @param source such as {@code /dev/sda1}; bytes, one per char
   * @param options of this mount, such as {@code rw,noexec}
   * @param filesystemOptions of all mounts of the filesystem, such as {@code rw,errors=remount-ro}
   * @param id of this mount
   * @param parent the id of the mount that it is mounted on, which may not be in the table
   * @param propagation its optional fields, such as {@code shared:5}; none for a private mount
   */
  public record Mount(
      long device,
      String root,
      String mountPoint,
      String filesystem,
      String source,
      String options,
      String filesystemOptions,
      String id,
      String parent,
      List<String> propagation) {
    public Mount {
      propagation = List.copyOf(propagation);
    }

    public byte[] mountPointBytes() {
      return mountPoint.getBytes(ISO_8859_1);
    }
  }

  /**
   * Reads the mounts of any process.
   *
   * @param process its directory in procfs
   */
  static List<Mount> of(Path process) throws IOException {
    return parse(Files.readString(process.resolve("mountinfo"), ISO_8859_1));
  }

  /** Passes on the mounts of a process one by one, since there may be tens of thousands. */
  static void forEach(Path process, Consumer<Mount> consumer) throws IOException {
    forEachIn(Files.readString(process.resolve("mountinfo"), ISO_8859_1), consumer);
  }

  /** The mounts of one filesystem, in the order of the table. */
  public synchronized List<Mount> mountsOf(long device) throws IOException {
    return linesWith(new FileIdentity(device, 0).deviceText()).stream()
        .filter(mount -> mount.device() == device)
        .toList();
  }

  /**
   * Returns the mount that a path leads into, by names alone: does not follow symbolic links or
   * call into a filesystem.
   *
   * @param path absolute; bytes, one per char
   */
  public synchronized Optional<Mount> covering(String path) throws IOException {
    String directory = path;
    while (directory.startsWith("/")) {
      String mountPoint = directory;
      Optional<Mount> topmost =
          linesWith(escape(mountPoint)).stream()
              .filter(mount -> mount.mountPoint().equals(mountPoint))
              .reduce((below, above) -> above);
      if (topmost.isPresent() || directory.equals("/")) {
        return topmost;
      }
      directory = directory.substring(0, Math.max(1, directory.lastIndexOf('/')));
    }
    return Optional.empty();
  }

  /** All mounts, in the order of the table. */
  public synchronized List<Mount> all() throws IOException {
    return parse(text());
  }

  private String text() throws IOException {
    long now = nanoClock.getAsLong();
    String known = text;
    long age = now - readAtNanos;
    if (known != null && age > MAX_AGE.toNanos()) {
      changed |= changes.getAsBoolean();
    }
    if (known != null
        && (age <= MAX_AGE.toNanos() || (!changed && age <= MAX_AGE_UNCHANGED.toNanos()))) {
      return known;
    }
    boolean ignored =
        changes.getAsBoolean(); // before the read, so that a change during it is noticed
    known = source.read();
    text = known;
    changed = false;
    readAtNanos = now;
    return known;
  }

  /** Parses only the lines that contain the field. */
  private List<Mount> linesWith(String field) throws IOException {
    String table = text();
    String wanted = " " + field + " ";
    List<Mount> mounts = new ArrayList<>();
    int at = table.indexOf(wanted);
    while (at >= 0) {
      int newline = table.indexOf('\n', at);
      int end = newline < 0 ? table.length() : newline;
      parseLine(table.substring(table.lastIndexOf('\n', at) + 1, end)).ifPresent(mounts::add);
      at = table.indexOf(wanted, end);
    }
    return mounts;
  }

  static List<Mount> parse(String text) {
    List<Mount> mounts = new ArrayList<>();
    forEachIn(text, mounts::add);
    return mounts;
  }

  /** Splits at newlines only: other line terminators are not escaped in a name. */
  private static void forEachIn(String text, Consumer<Mount> consumer) {
    int start = 0;
    while (start < text.length()) {
      int newline = text.indexOf('\n', start);
      int end = newline < 0 ? text.length() : newline;
      parseLine(text.substring(start, end)).ifPresent(consumer);
      start = end + 1;
    }
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
                    filesystemOptions,
                    fields[ID_FIELD],
                    fields[PARENT_FIELD],
                    Arrays.asList(fields).subList(FIRST_OPTIONAL_FIELD, i)));
      }
    }
    return Optional.empty();
  }

  /** Decodes octal escapes of space, tab, newline and backslash, such as {@code \040}. */
  public static String unescape(String field) {
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

  private static String escape(String path) {
    return path.replace("\\", "\\134")
        .replace(" ", "\\040")
        .replace("\t", "\\011")
        .replace("\n", "\\012");
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
