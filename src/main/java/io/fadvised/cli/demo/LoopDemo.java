package io.fadvised.cli.demo;

import io.fadvised.config.InvalidSettingsException;
import io.fadvised.config.Settings;
import io.fadvised.config.SettingsLoader;
import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineListener;
import io.fadvised.engine.Host;
import io.fadvised.engine.SweepReport;
import io.fadvised.policy.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Shows double caching on a loop device and its eviction by the engine. */
final class LoopDemo {
  private static final long BUDGET_BYTES = 8L << 20;
  private static final Duration MAX_ENGINE_RUN = Duration.ofSeconds(3);

  private final PrintWriter out;
  private final Host host;
  private final Workbench bench;
  private final Meter meter;

  LoopDemo(PrintWriter out, Host host, Workbench bench) {
    this.out = out;
    this.host = host;
    this.bench = bench;
    meter = new Meter(host);
  }

  /**
   * Writes, evicts and reads on a mounted device.
   *
   * @param deviceBytes the size of the device
   */
  void run(String device, long deviceBytes) throws IOException, InterruptedException {
    out.println("  loop device  /dev/" + device + ", buffered (direct I/O off)");
    out.println("  backing file " + bench.image() + ", " + Bytes.text(deviceBytes));
    out.println("  mounted at   " + bench.mountPoint() + " (ext4)");
    out.println();
    Picture picture = new Picture(out, deviceBytes);
    long written = write(picture, deviceBytes / 4 * 3);
    out.println();
    long lowerBefore = meter.residentBytes(bench.image());
    out.println(verdict(written, lowerBefore));
    out.println();
    long freeBefore = freeBytes();
    runEngine(device);
    long lowerAfter = meter.residentBytes(bench.image());
    long released = lowerBefore - lowerAfter;
    out.println();
    picture.heading();
    printLine(picture, "evicted");
    printFreeMemory(freeBytes() - freeBefore, released);
    readAgain();
    printLine(picture, "read again");
    out.println();
    out.println(readingAgain(written, lowerAfter, meter.residentBytes(bench.image())));
  }

  private static String verdict(long upperBytes, long lowerBytes) {
    return lowerBytes >= upperBytes / 2
        ? "The same data is in memory twice now. Only the upper copy is used."
        : "The lower copy is small: the kernel or another fadvised has evicted it already.";
  }

  /**
   * Returns the conclusion.
   *
   * @param bytes of the file that was read again
   * @param leftBytes of the lower copy that the eviction left
   * @param lowerBytes of the lower copy after reading
   */
  static String readingAgain(long bytes, long leftBytes, long lowerBytes) {
    if (lowerBytes < bytes / 10) {
      return "The file was read again from the upper copy. The lower copy was not needed.";
    }
    return lowerBytes < leftBytes + bytes / 10
        ? "The lower copy was not evicted: its pages are not written yet, or in use."
        : "Reading filled the lower cache again: the upper copy had left memory.";
  }

  private long write(Picture picture, long bytes) throws IOException, InterruptedException {
    out.println("Writing a file there, with a sync after each step:");
    out.println();
    picture.heading();
    long written =
        new SteadyWriter(true)
            .write(bench.upperFile(), bytes, soFar -> printLine(picture, Bytes.text(soFar)));
    if (written < bytes / 2) {
      out.println("(The disk is slow: stopping here.)");
    }
    return written;
  }

  private void printLine(Picture picture, String when) throws IOException, InterruptedException {
    picture.printLine(
        when, meter.residentBytes(bench.upperFile()), meter.residentBytes(bench.image()));
  }

  private void runEngine(String device) throws InterruptedException {
    out.println(
        "The engine of fadvised on this device only, with a budget of "
            + Bytes.text(BUDGET_BYTES)
            + ":");
    Sweeps sweeps = new Sweeps(out);
    Engine engine = new Engine(host, settings(device), List.of(sweeps));
    long end = host.clock().nanos() + MAX_ENGINE_RUN.toNanos();
    while (!sweeps.reachedBudget && host.clock().nanos() < end) {
      Duration wait = engine.tick();
      host.pause().pause(wait);
    }
    if (!sweeps.reachedBudget) {
      out.println("  (a daemon would evict the rest in its next sweeps)");
    }
  }

  private static Settings settings(String device) {
    try {
      return SettingsLoader.load(
              Optional.empty(),
              List.of(
                  "devices.include=[\"" + device + "\"]",
                  "budget.relaxed=" + BUDGET_BYTES + "B",
                  "budget.pressed=" + BUDGET_BYTES + "B",
                  "interval.min=200ms",
                  "interval.max=1s"))
          .settings();
    } catch (InvalidSettingsException e) {
      throw new IllegalStateException(e);
    }
  }

  private long freeBytes() throws IOException {
    return host.pressure().read().memory().freeBytes();
  }

  /** Prints the change of MemFree unless other activity on the host hides the eviction. */
  private void printFreeMemory(long gained, long released) {
    if (gained >= released / 2 && gained <= released * 2) {
      out.println("              MemFree grew by " + Bytes.text(gained) + ".");
    }
  }

  private void readAgain() throws IOException {
    try (InputStream in = Files.newInputStream(bench.upperFile())) {
      in.transferTo(OutputStream.nullOutputStream());
    }
  }

  /** Prints each sweep. */
  private static final class Sweeps implements EngineListener {
    private final PrintWriter out;
    private boolean reachedBudget;

    Sweeps(PrintWriter out) {
      this.out = out;
    }

    @Override
    public void swept(SweepReport sweep) {
      out.println(
          "  "
              + sweep.device()
              + ": "
              + sweep.reason().words()
              + " ("
              + sweep.elapsed().toMillis()
              + " ms"
              + sweep
                  .file()
                  .flatMap(SweepReport.FileFound::probe)
                  .map(probe -> ", measured by " + probe)
                  .orElse("")
              + ")");
      reachedBudget =
          sweep.after().filter(left -> left.residentBytes() <= BUDGET_BYTES).isPresent();
    }
  }
}
