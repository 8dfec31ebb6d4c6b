package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.StringTokenizer;

/** Reads the counters of every loop device at once: one small read, however many there are. */
public final class DiskStats {
  /** Documentation/admin-guide/iostats.rst: sectors are 512 bytes. */
  private static final long SECTOR_BYTES = 512;

  private static final int NAME_FIELD = 2;
  private static final int SECTORS_READ_FIELD = 5;
  private static final int SECTORS_WRITTEN_FIELD = 9;

  private final Path diskStats;

  /**
   * Reads below one root, which in tests is a folder of fixtures.
   *
   * @param procRoot where procfs is mounted
   */
  public DiskStats(Path procRoot) {
    diskStats = procRoot.resolve("diskstats");
  }

  /** Counters of the loop devices, by name; partitions are counted in their device. */
  public Map<String, IoCounters> read() throws IOException {
    return parse(Files.readString(diskStats, ISO_8859_1));
  }

  /** Read at every tick, so without regular expressions: a few µs for each loop device. */
  static Map<String, IoCounters> parse(String text) {
    Map<String, IoCounters> counters = new HashMap<>();
    int start = 0;
    while (start < text.length()) {
      int newline = text.indexOf('\n', start);
      int end = newline < 0 ? text.length() : newline;
      int name = text.indexOf(" loop", start) + 1;
      if (name == 0) {
        break; // no more loop devices
      }
      if (name < end) {
        parseLine(text, name, end, counters);
      }
      start = end + 1;
    }
    return counters;
  }

  private static void parseLine(String text, int name, int end, Map<String, IoCounters> counters) {
    StringTokenizer fields = new StringTokenizer(text.substring(name, end), " ");
    String device = fields.nextToken();
    try {
      long sectorsRead = field(fields, SECTORS_READ_FIELD - NAME_FIELD);
      long sectorsWritten = field(fields, SECTORS_WRITTEN_FIELD - SECTORS_READ_FIELD);
      counters.put(
          device, new IoCounters(sectorsRead * SECTOR_BYTES, sectorsWritten * SECTOR_BYTES));
    } catch (NumberFormatException | NoSuchElementException e) {
      // a line that is not ours to understand: the device then counts as never idle
    }
  }

  /** The field that many after the current one. */
  private static long field(StringTokenizer fields, int further) {
    for (int i = 1; i < further; i++) {
      fields.nextToken();
    }
    return Long.parseLong(fields.nextToken());
  }
}
