package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the counters of all loop devices in one read of /proc/diskstats. Owned by one thread.
 *
 * <p>Runs at every tick, and most devices of a host with thousands are idle. The kernel keeps the
 * order of the lines, so each is compared with that of the last read: a device without I/O makes no
 * garbage.
 */
public final class DiskStats implements LoopCounters {
  /** Documentation/admin-guide/iostats.rst: sectors are 512 bytes. */
  private static final long SECTOR_BYTES = 512;

  /** At this limit the bytes read and written together still fit a long. */
  private static final long MAX_SECTORS = Long.MAX_VALUE / SECTOR_BYTES / 2;

  private static final int NAME_FIELD = 2;
  private static final int SECTORS_READ_FIELD = 5;
  private static final int SECTORS_WRITTEN_FIELD = 9;
  private static final byte[] PREFIX = {' ', 'l', 'o', 'o', 'p'};

  /** The kernel returns at most a page at a time. */
  private static final int READ_BYTES = 4096;

  private final Path diskStats;
  private final List<Line> lines = new ArrayList<>();
  private byte[] text = new byte[4 * READ_BYTES];
  private Map<String, IoCounters> counters = new HashMap<>();

  /** A loop device's line at the last read. */
  private static final class Line {
    final String name;
    IoCounters counters;

    Line(String name, IoCounters counters) {
      this.name = name;
      this.counters = counters;
    }
  }

  /**
   * @param procRoot where procfs is mounted; a directory of fixtures in tests
   */
  public DiskStats(Path procRoot) {
    diskStats = procRoot.resolve("diskstats");
  }

  /** The map changes at the next call. */
  @Override
  public Map<String, IoCounters> read() throws IOException {
    int length = 0;
    try (InputStream in = Files.newInputStream(diskStats)) {
      int count = in.read(text, 0, READ_BYTES);
      while (count > 0) {
        length += count;
        if (text.length - length < READ_BYTES) {
          text = Arrays.copyOf(text, 2 * text.length);
        }
        count = in.read(text, length, READ_BYTES);
      }
    }
    return parse(text, length);
  }

  /** Takes over the lines of a text; the map changes at the next call. */
  Map<String, IoCounters> parse(byte[] now, int length) {
    int known = 0;
    boolean changed = false;
    int start = 0;
    while (start < length) {
      int end = indexOf('\n', now, start, length);
      int name = nameOf(now, start, end);
      int nameEnd = indexOf(' ', now, name, end);
      long read = sectors(now, name, end, SECTORS_READ_FIELD - NAME_FIELD);
      long written = sectors(now, name, end, SECTORS_WRITTEN_FIELD - NAME_FIELD);
      if (read >= 0 && written >= 0) { // else the line is malformed: the device is never idle
        Line line = known < lines.size() ? lines.get(known) : null;
        if (line == null || !isEqual(line.name, now, name, nameEnd)) {
          line = new Line(new String(now, name, nameEnd - name, ISO_8859_1), IoCounters.NONE);
          lines.subList(known, lines.size()).clear();
          lines.add(line);
          changed = true;
        }
        count(line, read * SECTOR_BYTES, written * SECTOR_BYTES);
        known++;
      }
      start = end + 1;
    }
    if (changed || known < lines.size()) {
      lines.subList(known, lines.size()).clear();
      counters = new HashMap<>();
      lines.forEach(line -> counters.put(line.name, line.counters));
    }
    return counters;
  }

  private void count(Line line, long readBytes, long writtenBytes) {
    IoCounters before = line.counters;
    if (before.readBytes() != readBytes || before.writtenBytes() != writtenBytes) {
      line.counters = new IoCounters(readBytes, writtenBytes);
      counters.put(line.name, line.counters);
    }
  }

  /** The beginning of the name of a loop device; {@code end} if the line is about another. */
  private static int nameOf(byte[] text, int start, int end) {
    for (int at = start; at <= end - PREFIX.length; at++) {
      if (text[at] == ' '
          && Arrays.equals(text, at, at + PREFIX.length, PREFIX, 0, PREFIX.length)) {
        return at + 1;
      }
    }
    return end;
  }

  /** The number of sectors {@code further} fields after {@code from}; -1 if there is none. */
  private static long sectors(byte[] text, int from, int end, int further) {
    int at = from;
    for (int i = 0; i < further; i++) {
      at = indexOf(' ', text, at, end) + 1;
    }
    long sectors = at < end && text[at] != ' ' ? 0 : -1;
    for (; at < end && text[at] != ' '; at++) {
      int digit = text[at] - '0';
      if (digit < 0 || digit > 9 || sectors > (MAX_SECTORS - digit) / 10) {
        return -1;
      }
      sectors = 10 * sectors + digit;
    }
    return sectors;
  }

  /** The position of a character; {@code end} if there is none. */
  private static int indexOf(char wanted, byte[] text, int from, int end) {
    int at = from;
    while (at < end && text[at] != wanted) {
      at++;
    }
    return at;
  }

  private static boolean isEqual(String name, byte[] text, int start, int end) {
    if (name.length() != end - start) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) != (char) (text[start + i] & 0xff)) {
        return false;
      }
    }
    return true;
  }
}
