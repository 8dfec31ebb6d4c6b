package io.fadvised.cgroup;

import io.fadvised.pressure.ProcText;
import io.fadvised.pressure.Psi;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Reads one cgroup. Its files stay open between reads: opening takes longer than reading. */
final class LimitedCgroup implements Cgroup {
  /** The major number of loop devices. */
  private static final String LOOP = "7:";

  private final CgroupVersion version;
  private final Path directory;
  private final String path;
  private final TextReader reader;
  private final Function<String, String> loopNames;
  private final Map<String, RandomAccessFile> open = new HashMap<>(2);

  /**
   * @param loopNames returns the name of the loop device with a number such as {@code 7:3}
   */
  LimitedCgroup(
      CgroupVersion version,
      Path directory,
      TextReader reader,
      Function<String, String> loopNames) {
    this.version = version;
    this.directory = directory;
    this.reader = reader;
    this.loopNames = loopNames;
    path = File.separator + version.root().relativize(directory);
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public long strikes() throws IOException {
    return version.strikesIn(text(version.strikes()));
  }

  @Override
  public CgroupSample sample() throws IOException {
    long limit = Long.MAX_VALUE;
    for (String name : version.limits()) {
      limit = Math.min(limit, limit(text(name)));
    }
    long[] stat = new long[4];
    ProcText.forEachLine(
        text("memory.stat"),
        List.of(version.refaults(), version.inactiveFile(), version.activeFile(), "pgsteal"),
        (name, value) -> {
          if (name.equals(version.refaults())) {
            stat[0] = value;
          } else if (name.equals("pgsteal")) { // the others are parts of it
            stat[1] = value;
          } else if (name.equals(version.inactiveFile())) {
            stat[2] = value;
          } else if (name.equals(version.activeFile())) {
            stat[3] = value;
          }
        });
    return new CgroupSample(limit, stat[0], stat[1], stat[2], stat[3], stall(), ioBytes());
  }

  /** Parses a limit; {@link Long#MAX_VALUE} stands for none. */
  static long limit(String text) {
    long bytes = ProcText.number(text.strip());
    return bytes < 0 ? Long.MAX_VALUE : bytes;
  }

  private Optional<Psi> stall() {
    if (!version.isUnified()) {
      return Optional.empty();
    }
    try {
      return Psi.parse(text("memory.pressure"));
    } catch (IOException e) { // without PSI, or switched off for this cgroup
      return Optional.empty();
    }
  }

  /** Returns nothing if the I/O of this cgroup, and so its lower cache, is counted further up. */
  private Map<String, Long> ioBytes() {
    Map<String, Long> bytes = new HashMap<>();
    if (version.isUnified()) {
      try {
        text("io.stat")
            .lines()
            .filter(line -> line.startsWith(LOOP))
            .forEach(line -> addIo(line, bytes));
      } catch (IOException e) {
        return Map.of();
      }
    }
    return bytes;
  }

  /** Adds a line such as {@code 7:3 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0}. */
  private void addIo(String line, Map<String, Long> bytes) {
    long sum = 0;
    String[] words = line.split(" ", -1);
    for (String word : words) {
      if (word.startsWith("rbytes=") || word.startsWith("wbytes=")) {
        sum += Math.max(0, ProcText.number(word.substring("rbytes=".length())));
      }
    }
    if (sum > 0) {
      bytes.put(loopNames.apply(words[0]), sum);
    }
  }

  private String text(String name) throws IOException {
    RandomAccessFile file = open.get(name);
    if (file == null) {
      file = new RandomAccessFile(directory.resolve(name).toFile(), "r");
      open.put(name, file);
    }
    try {
      return reader.text(file);
    } catch (IOException e) { // removed; one of the same name may follow
      close();
      throw e;
    }
  }

  @Override
  public void rest() {
    RandomAccessFile strikes = open.remove(version.strikes());
    close();
    if (strikes != null) {
      open.put(version.strikes(), strikes);
    }
  }

  void close() {
    for (RandomAccessFile file : open.values()) {
      try {
        file.close();
      } catch (IOException e) {
        // it was only read
      }
    }
    open.clear();
  }
}
