package io.fadvised.cli.demo;

import io.fadvised.engine.Host;
import io.fadvised.policy.Bytes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The demonstration: makes double caching, shows it, undoes it, and leaves nothing behind, however
 * it ends (but for SIGKILL).
 */
public final class Demo {
  /** Smaller ones show little, and ext4 with a journal does not fit. */
  public static final long LEAST_BYTES = 64L << 20;

  /** Larger ones show no more, and take longer than anybody wants to watch. */
  public static final long MOST_BYTES = 2L << 30;

  /** How long the end of the process waits for the demonstration to end by itself. */
  private static final long PATIENCE_SECONDS = 8;

  private final PrintWriter out;
  private final Host host;
  private final Tools tools;
  private final String program;

  /**
   * Prepares it; makes nothing yet.
   *
   * @param path the value of PATH, to find losetup(8) and others
   * @param program how the reader calls fadvised
   */
  public Demo(PrintWriter out, Host host, String path, String program) {
    this.out = out;
    this.host = host;
    tools = new Tools(path);
    this.program = program;
  }

  /**
   * Runs it to its end.
   *
   * @param folder where to make the scratch files; another one is chosen if it has no page cache
   * @param wantedBytes the loop device's size, {@link #LEAST_BYTES} to {@link #MOST_BYTES}; less is
   *     taken where memory is scarce
   * @return whether everything went well and nothing was left behind
   * @throws IOException with a sentence for the reader if it could not be shown
   */
  public boolean run(Path folder, long wantedBytes) throws IOException {
    out.println("A file written through a buffered loop device is in the page cache twice:");
    out.println("in the upper cache (its filesystem) and in the lower cache (the backing file).");
    out.println();
    Path chosen = Folders.usual(out).choose(folder);
    long sizeBytes = affordable(wantedBytes);
    requireSpace(chosen, sizeBytes);
    Workbench bench = Workbench.in(chosen, tools, host.scanner());
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
        out.println("Cleaned up: device, mount and files are removed.");
      }
    }
    if (shown) {
      sayHowToStart();
    }
    return shown && bench.leftovers().isEmpty();
  }

  private void show(Workbench bench, long sizeBytes) throws IOException, InterruptedException {
    String device;
    try {
      device = new LoopMaker(bench, tools, host.kernel().credentials().userId()).make(sizeBytes);
    } catch (NoLoopDeviceException e) {
      out.println("No loop device available: " + e.why() + ".");
      out.println("This shows eviction on a plain file instead:");
      out.println();
      new PlainFileDemo(out, host, bench).tell(sizeBytes);
      return;
    }
    new LoopDemo(out, host, bench).tell(device, sizeBytes);
  }

  private void sayHowToStart() {
    out.println();
    out.println("Next steps (fadvised is " + program + "):");
    out.println("  sudo fadvised status                    show what is cached twice on this host");
    out.println("  sudo fadvised run --set dry-run=true    run the daemon, but evict nothing");
    out.println("  sudo fadvised run                       run the daemon in the foreground");
  }

  /** Both copies must fit into memory beside everything else. */
  private long affordable(long wantedBytes) throws IOException {
    long available = host.pressure().read().memory().availableBytes();
    long most = Math.max(LEAST_BYTES, available / 4);
    if (wantedBytes <= most) {
      return wantedBytes;
    }
    long taken = most >> 20 << 20;
    out.println(
        "Only "
            + Bytes.text(available)
            + " of memory is available: using a device of "
            + Bytes.text(taken)
            + ".");
    return taken;
  }

  private static void requireSpace(Path folder, long sizeBytes) throws IOException {
    long usable = Files.getFileStore(folder).getUsableSpace();
    if (usable < sizeBytes + sizeBytes / 4) {
      throw new IOException(
          folder
              + " has only "
              + Bytes.text(usable)
              + " free for a device of "
              + Bytes.text(sizeBytes)
              + ": use another --dir or a smaller --size");
    }
  }

  /** At the end of the process: has the demonstration stop, and waits until it has cleaned up. */
  private static Thread cleaner(Thread demonstration, CountDownLatch ended, Workbench bench) {
    return new Thread(
        () -> {
          demonstration.interrupt();
          try {
            if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
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
      // the process is ending: the hook runs, and sees that we have ended
    }
  }
}
