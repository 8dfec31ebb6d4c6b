package io.fadvised.cli.demo;

import io.fadvised.engine.Host;
import io.fadvised.pagecache.Eviction;
import io.fadvised.policy.Bytes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Shows eviction on a plain file, for hosts without an available loop device. */
final class PlainFileDemo {
  private static final long MAX_BYTES = 64L << 20;

  private final PrintWriter out;
  private final Path file;
  private final Meter meter;

  PlainFileDemo(PrintWriter out, Host host, Workbench bench) {
    this.out = out;
    file = bench.plainFile();
    meter = new Meter(host);
  }

  void run(long wantedBytes) throws IOException, InterruptedException {
    long bytes = Math.min(wantedBytes, MAX_BYTES);
    long written = new SteadyWriter(false).write(file, bytes, soFar -> {});
    out.println("  file         " + file + ", " + Bytes.text(written) + " written");
    print("resident", Bytes.text(meter.residentBytes(file)));
    print("evicted", words(meter.evict(file)));
    sync();
    print("synced", Bytes.text(meter.residentBytes(file)) + " resident");
    print("evicted", words(meter.evict(file)));
    out.println();
    out.println("The file is unchanged. The next read comes from the disk.");
  }

  private void sync() throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  private void print(String when, String words) {
    out.printf("  %-12s %s%n", when, words);
  }

  private static String words(Eviction eviction) {
    long stayed = eviction.after().residentBytes();
    return "released "
        + Bytes.text(eviction.releasedBytes())
        + (stayed == 0
            ? ", nothing stayed"
            : ", " + Bytes.text(stayed) + " stayed: not written yet");
  }
}
