package io.fadvised.cgroup;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.loop.SysFixture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** A tree of cgroups in a directory. Only what the counters of a cgroup need is written. */
public final class CgroupFixture {
  /** The counters of one cgroup. */
  private static final class Counters {
    long strikes;
    long refaulted;
    long reclaimed;
    long stalledMicros;
    final Map<String, long[]> io = new TreeMap<>();
  }

  private final Path root;
  private final boolean isUnified;
  private final Map<String, Counters> cgroups = new TreeMap<>();
  private int made;

  private CgroupFixture(Path root, boolean isUnified) {
    this.root = root;
    this.isUnified = isUnified;
  }

  /** Makes a tree of version 2 with the memory and the io controller. */
  public static CgroupFixture unified(Path root) {
    CgroupFixture made = new CgroupFixture(root, true);
    made.write("cgroup.controllers", "cpuset cpu io memory pids\n");
    made.writeCount();
    return made;
  }

  /** Makes the memory hierarchy of version 1. */
  static CgroupFixture legacy(Path root) {
    CgroupFixture made = new CgroupFixture(root.resolve("memory"), false);
    made.write("memory.limit_in_bytes", "9223372036854771712\n");
    return made;
  }

  public CgroupFixture make(String path) {
    made++;
    cgroups.put(path, new Counters());
    if (isUnified) {
      write(path + "/cgroup.kill", "");
      write(path + "/memory.max", "max\n");
      write(path + "/memory.high", "max\n");
      writeCount();
    } else {
      write(path + "/memory.limit_in_bytes", "9223372036854771712\n");
    }
    writeCounters(path);
    return this;
  }

  /** Makes a cgroup with a hard limit. */
  public CgroupFixture make(String path, long limitBytes) {
    make(path);
    write(path + (isUnified ? "/memory.max" : "/memory.limit_in_bytes"), limitBytes + "\n");
    return this;
  }

  public void remove(String path) {
    made--;
    cgroups.remove(path);
    SysFixture.deleteTree(root.resolve(path));
    writeCount();
  }

  /** Counts reclaim at the cgroup's own limit. */
  public void strike(String path) {
    cgroups.get(path).strikes++;
    writeCounters(path);
  }

  public void refault(String path, long pages) {
    cgroups.get(path).refaulted += pages;
    cgroups.get(path).reclaimed += pages;
    writeCounters(path);
  }

  public void stall(String path, long micros) {
    cgroups.get(path).stalledMicros += micros;
    writeCounters(path);
  }

  /** Counts I/O on a block device, such as 7:0. */
  public void io(String path, String device, long readBytes, long writtenBytes) {
    long[] bytes = cgroups.get(path).io.computeIfAbsent(device, name -> new long[2]);
    bytes[0] += readBytes;
    bytes[1] += writtenBytes;
    writeCounters(path);
  }

  private void writeCounters(String path) {
    Counters now = cgroups.get(path);
    if (!isUnified) {
      write(path + "/memory.failcnt", now.strikes + "\n");
      write(
          path + "/memory.stat",
          "workingset_refault_file 7\ntotal_workingset_refault_file %d\ntotal_inactive_file 0\n"
              .formatted(now.refaulted));
      return;
    }
    write(
        path + "/memory.events.local",
        "low 0\nhigh 0\nmax %d\noom 0\noom_kill 0\noom_group_kill 0\n".formatted(now.strikes));
    write(
        path + "/memory.stat",
        "anon 0\ninactive_file 4096000\nactive_file 8192000\n"
            + "workingset_refault_anon 3\nworkingset_refault_file %d\n".formatted(now.refaulted)
            + "pgsteal %d\npgsteal_direct 5\n".formatted(now.reclaimed));
    write(
        path + "/memory.pressure",
        "some avg10=0.00 avg60=0.00 avg300=0.00 total=%d\n".formatted(now.stalledMicros)
            + "full avg10=0.00 avg60=0.00 avg300=0.00 total=1\n");
    StringBuilder io = new StringBuilder("8:0 rbytes=999999 wbytes=9 rios=1 wios=1\n");
    now.io.forEach(
        (device, bytes) ->
            io.append(
                "%s rbytes=%d wbytes=%d rios=2 wios=3 dbytes=0 dios=0\n"
                    .formatted(device, bytes[0], bytes[1])));
    write(path + "/io.stat", io.toString());
  }

  private void writeCount() {
    if (isUnified) {
      write("cgroup.stat", "nr_descendants %d\nnr_dying_descendants 2\n".formatted(made));
    }
  }

  /** Writes a file below the root. */
  void write(String name, String text) {
    try {
      Path file = root.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, text, ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
