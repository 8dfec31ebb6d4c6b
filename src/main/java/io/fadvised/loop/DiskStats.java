package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Reads the counters of all loop devices in one read of /proc/diskstats. */
public final class DiskStats implements LoopCounters {
  /** Documentation/admin-guide/iostats.rst: sectors are 512 bytes. */
  private static final long SECTOR_BYTES = 512;

  /** At this limit the bytes read and written together still fit a long. */
  private static final long MAX_SECTORS = Long.MAX_VALUE / SECTOR_BYTES / 2;

  private static final int NAME_FIELD = 2;
  private static final int SECTORS_READ_FIELD = 5;
  private static final int SECTORS_WRITTEN_FIELD = 9;

  private final Path diskStats;

  /**
   * @param procRoot where procfs is mounted; a directory of fixtures in tests
   */
  public DiskStats(Path procRoot) {
    diskStats = procRoot.resolve("diskstats");
  }

  @Override
  public Map<String, IoCounters> read() throws IOException {
    return parse(Files.readString(diskStats, ISO_8859_1));
  }

  /** Runs at every tick, so it uses no regular expressions: a few µs for each loop device. */
  static Map<String, IoCounters> parse(String text) {
    Map<String, IoCounters> counters = new HashMap<>();
    int start = 0;
    while (start < text.length()) {
      int name = text.indexOf(" loop", start) + 1;
      if (name == 0) {
        break; // no more loop devices
      }
      int newline = text.indexOf('\n', name);
      int end = newline < 0 ? text.length() : newline;
      parseLine(text, name, end, counters);
      start = end + 1;
    }
    return counters;
  }

  private static void parseLine(String text, int name, int end, Map<String, IoCounters> counters) {
    long sectorsRead = field(text, name, end, SECTORS_READ_FIELD - NAME_FIELD);
    long sectorsWritten = field(text, name, end, SECTORS_WRITTEN_FIELD - NAME_FIELD);
    int nameEnd = text.indexOf(' ', name);
    if (sectorsRead >= 0 && sectorsWritten >= 0 && nameEnd > 0) {
      counters.put(
          text.substring(name, nameEnd),
          new IoCounters(sectorsRead * SECTOR_BYTES, sectorsWritten * SECTOR_BYTES));
    } // else the line is malformed, and the device counts as never idle
  }

  /** The number of sectors {@code further} fields after {@code from}; negative if there is none. */
  private static long field(String text, int from, int end, int further) {
    int at = from;
    for (int i = 0; i < further; i++) {
      at = text.indexOf(' ', at) + 1;
      if (at == 0 || at >= end) {
        return -1;
      }
    }
    int next = text.indexOf(' ', at);
    try {
      long sectors = Long.parseLong(text, at, next < 0 ? end : Math.min(next, end), 10);
      return sectors <= MAX_SECTORS ? sectors : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
