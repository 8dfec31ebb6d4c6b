package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

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

  static Map<String, IoCounters> parse(String text) {
    Map<String, IoCounters> counters = new HashMap<>();
    text.lines()
        .filter(line -> line.contains(" loop"))
        .map(line -> line.strip().split(" +"))
        .filter(fields -> fields.length > SECTORS_WRITTEN_FIELD)
        .forEach(fields -> addTo(counters, fields));
    return counters;
  }

  private static void addTo(Map<String, IoCounters> counters, String[] fields) {
    try {
      counters.put(
          fields[NAME_FIELD],
          new IoCounters(
              Long.parseLong(fields[SECTORS_READ_FIELD]) * SECTOR_BYTES,
              Long.parseLong(fields[SECTORS_WRITTEN_FIELD]) * SECTOR_BYTES));
    } catch (NumberFormatException e) {
      // a line that is not ours to understand: the device then counts as never idle
    }
  }
}
