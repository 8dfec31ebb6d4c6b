package io.fadvised.cli.demo;

import io.fadvised.cli.Programs;
import io.fadvised.engine.Host;
import io.fadvised.policy.Bytes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Creates double caching, shows it and evicts the lower copy. Removes everything at the end, unless
 * the process is killed with SIGKILL.
 */
public final class Demo {
  /** An ext4 with a journal does not fit into less, and there is little to show. */
  public static final long MIN_BYTES = 64L << 20;

  /** A larger device only takes longer. */
  public static final long MAX_BYTES = 2L << 30;

  /** On a working disk each program takes less than a second. */
  private static final Duration PROGRAM_LIMIT = Duration.ofSeconds(20);

  /** The shutdown hook waits this long before it cleans up itself. */
  private static final long CLEANUP_TIMEOUT_SECONDS = 8;

  private final PrintWriter out;
  private final Host host;
  private final Programs programs;
  private final String program;

  /**
   * Creates nothing on the host yet.
   *
   * @param path the value of PATH, where losetup(8) and other programs are searched
   * @param program the command to print for fadvised
   */
  public Demo(PrintWriter out, Host host, String path, String program) {
    this.out = out;
    this.host = host;
    programs = new Programs(path, PROGRAM_LIMIT);
    this.program = program;
  }

  /**
   * Runs the demonstration and cleans up.
   *
   * @param directory for the scratch files; replaced by another if its files have no page cache
   * @param wantedBytes the size of the loop device, {@link #MIN_BYTES} to {@link #MAX_BYTES};
   *     reduced if memory is short
   * @return whether it completed and everything was removed
   * @throws IOException with a sentence for the reader on failure
   */
  public boolean run(Path directory, long wantedBytes) throws IOException {
    out.println("A file written through a buffered loop device is in the page cache twice:");
    out.println("in the upper cache (its filesystem) and in the lower cache (the backing file).");
    out.println();
    Path chosen = Directories.usual(out).choose(directory);
    long sizeBytes = affordable(wantedBytes);
    requireSpace(chosen, sizeBytes);
    Workbench bench = Workbench.in(chosen, programs, host.scanner());
    CountDownLatch ended = new CountDownLatch(1);
    Thread cleaner = cleaner(Thread.currentThread(), ended, bench);
    Runtime.getRuntime().addShutdownHook(cleaner);
    try {
      return showAndCleanUp(bench, sizeBytes);
    } finally {
      ended.countDown();
      removeHook(cleaner);
    }
  }

  private boolean showAndCleanUp(Workbench bench, long sizeBytes) throws IOException {
    boolean shown = false;
    try {
      bench.make();
      show(bench, sizeBytes);
      shown = true;
    } catch (InterruptedException | ClosedByInterruptException e) {
      out.println();
      out.println("Interrupted.");
    } finally {
      bench.close();
      out.println();
      bench.leftovers().forEach(left -> out.println("NOT cleaned up: " + left));
      if (bench.leftovers().isEmpty()) {
        out.println("Cleaned up: nothing of the demo is left.");
      }
    }
    if (shown) {
      printNextSteps();
    }
    return shown && bench.leftovers().isEmpty();
  }

  private void show(Workbench bench, long sizeBytes) throws IOException, InterruptedException {
    String device;
    try {
      device = new LoopMaker(bench, programs, host.kernel().credentials().userId()).make(sizeBytes);
    } catch (NoLoopDeviceException e) {
      out.println("No loop device available: " + e.why() + ".");
      out.println("This shows eviction on a plain file instead:");
      out.println();
      new PlainFileDemo(out, host, bench).run(sizeBytes);
      return;
    }
    new LoopDemo(out, host, bench).run(device, sizeBytes);
  }

  private void printNextSteps() {
    out.println();
    out.println("Next steps (fadvised is " + program + "):");
    out.println("  sudo fadvised status          show what is cached twice on this host");
    out.println("  sudo fadvised run --dry-run   run the daemon, but evict nothing");
    out.println("  sudo fadvised run             run the daemon in the foreground");
  }

  /** Limits the size to a quarter of available memory, because both copies must fit. */
  private long affordable(long wantedBytes) throws IOException {
    long available = host.pressure().read().memory().availableBytes();
    long max = Math.max(MIN_BYTES, available / 4);
    if (wantedBytes <= max) {
      return wantedBytes;
    }
    long taken = max >> 20 << 20;
    out.println(
        "Only "
            + Bytes.text(available)
            + " of memory is available: using a device of "
            + Bytes.text(taken)
            + ".");
    return taken;
  }

  private static void requireSpace(Path directory, long sizeBytes) throws IOException {
    long usable = Files.getFileStore(directory).getUsableSpace();
    if (usable < sizeBytes + sizeBytes / 4) {
      throw new IOException(
          directory
              + " has only "
              + Bytes.text(usable)
              + " free for a device of "
              + Bytes.text(sizeBytes)
              + ": use another --dir or a smaller --size");
    }
  }

  /** Returns a shutdown hook that interrupts the demonstration and waits for its cleanup. */
  private static Thread cleaner(Thread demonstration, CountDownLatch ended, Workbench bench) {
    return new Thread(
        () -> {
          demonstration.interrupt();
          try {
            if (!ended.await(CLEANUP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
              bench.close();
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        },
        "fadvised-demo-cleaner");
  }

  private static void removeHook(Thread cleaner) {
    try {
      Runtime.getRuntime().removeShutdownHook(cleaner);
    } catch (IllegalStateException e) {
      // the process is ending: the hook runs and finds the latch released
    }
  }
}
