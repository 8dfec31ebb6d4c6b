package io.fadvised.simulation;

import io.fadvised.simulation.Program.Hours;
import io.fadvised.simulation.Program.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** A host made from a seed, with devices and programs; {@link #toString} describes it. */
final class RandomHost {
  private static final long GIB = 1L << 30;
  private static final int MAX_DEVICES = 6;

  /** Bytes that one thread reads from the disk at random in two seconds. */
  private static final long DISK_READER_BYTES = 240L << 20;

  /** The behaviour of programs over time. */
  private enum Life {
    /** Programs start and stop. */
    CHANGING,
    /** Programs run all the time. */
    STEADY,
    /** Programs end after 20 seconds. */
    ENDING
  }

  private final SplittableRandom random;
  private final Life life;
  private final Hardware hardware;
  private final boolean hasCachestat;
  private final SimulatedHost host;
  private final List<String> words = new ArrayList<>();

  private RandomHost(long seed, Life life) {
    random = new SplittableRandom(seed);
    this.life = life;
    hardware = Hardware.of(between(2, 32), (long) (GIB * Math.pow(2, 4 * random.nextDouble())));
    hasCachestat = random.nextInt(5) > 0;
    host =
        new SimulatedHost(
            hardware, hasCachestat ? KernelFeatures.NEW : KernelFeatures.WITHOUT_CACHESTAT);
    words.add("seed " + seed);
    words.add(hardware.cpus() + " CPUs, " + text(hardware.memoryBytes()) + " of memory");
    words.add(hasCachestat ? "cachestat" : "no cachestat");
  }

  /** Returns a host with programs that start and stop. */
  static RandomHost changing(long seed) {
    return new RandomHost(seed, Life.CHANGING).furnished();
  }

  /** Returns a host with programs that run all the time. */
  static RandomHost steady(long seed) {
    return new RandomHost(seed, Life.STEADY).furnished();
  }

  /** Returns a host that is idle after 20 seconds. */
  static RandomHost ending(long seed) {
    return new RandomHost(seed, Life.ENDING).furnished();
  }

  /**
   * Returns a steady host whose device 0 has a reader with O_DIRECT. It reads a part of the device
   * that fits into memory repeatedly, about once in two seconds, and has no upper cache.
   */
  static RandomHost withDirectReader(long seed) {
    RandomHost made = new RandomHost(seed, Life.STEADY);
    made.attachDirectReader();
    return made.furnished();
  }

  SimulatedHost host() {
    return host;
  }

  /** Returns whether its kernel has cachestat(2). */
  boolean hasCachestat() {
    return hasCachestat;
  }

  @Override
  public String toString() {
    return String.join("; ", words);
  }

  private RandomHost furnished() {
    demandMemory();
    for (int devices = between(1, MAX_DEVICES); devices > 0; devices--) {
      attach();
    }
    for (int others = random.nextInt(3); others > 0; others--) {
      CachedFile file = host.machine().file(share(0.1, 3));
      start("a plain file", Storage.plain(host.machine(), file), true);
    }
    return this;
  }

  private void demandMemory() {
    long base = share(0.05, 0.7);
    long more = life == Life.CHANGING ? share(0.01, 0.25) : 0;
    Hours hours = Hours.of(random.nextInt(30), between(20, 120), between(5, 60));
    host.machine().demand(new Machine.Demand(base, more, hours));
    words.add(text(base) + " in use" + (more == 0 ? "" : ", at times " + text(base + more)));
  }

  private void attachDirectReader() {
    SimulatedLoop loop = host.attach(host.machine().file(share(0.2, 4)));
    Storage storage = Storage.direct(loop);
    int threads = between(1, 4);
    long bytes = Math.min(share(0.02, 0.25), threads * DISK_READER_BYTES);
    boolean inSequence = random.nextInt(3) == 0;
    words.add(
        "loop0 with O_DIRECT: %s of %s by %d threads"
            .formatted(inSequence ? "stream" : "random", text(bytes), threads));
    Step step =
        inSequence
            ? Program.stream(storage, hardware, bytes, false)
            : Program.random(storage, hardware, random.split(), bytes, 1, 1);
    host.machine().start(new Program(hardware, "reader", threads, 0, Hours.ALWAYS, step));
  }

  private void attach() {
    CachedFile backing = host.machine().file(share(0.05, 4));
    int sharing = random.nextInt(8) == 0 ? between(2, 6) : 1;
    for (int i = 0; i < sharing; i++) {
      SimulatedLoop loop =
          host.attach(backing, 0, backing.sizeBytes(), sharing == 1 && random.nextInt(10) == 0);
      String name = loop.device().name() + (sharing > 1 ? " (shared)" : "");
      if (loop.isDirect()) {
        name += " (direct I/O)";
      }
      switch (random.nextInt(8)) {
        case 0, 1 -> words.add(name + ": idle");
        case 2 -> start(name + " with O_DIRECT", Storage.direct(loop), false);
        default -> start(name, Storage.buffered(host.machine(), loop), sharing == 1);
      }
    }
  }

  private void start(String where, Storage storage, boolean mayWrite) {
    long bytes = Math.min(storage.chunks() * hardware.chunkBytes(), share(0.02, 1.5));
    int threads = between(1, 4);
    long thinkNanos = (long) (20e3 * Math.pow(500, random.nextDouble())); // up to 10 ms
    Hours hours =
        switch (life) {
          case STEADY -> Hours.ALWAYS;
          case ENDING -> Hours.until(20);
          case CHANGING ->
              random.nextInt(3) > 0
                  ? Hours.ALWAYS
                  : Hours.of(random.nextInt(30), between(20, 120), between(3, 60));
        };
    double reads = mayWrite ? random.nextInt(3, 11) / 10.0 : 1;
    int skew = between(1, 4);
    String what;
    Step step;
    switch (mayWrite ? random.nextInt(8) : random.nextInt(6)) {
      case 0, 1 -> {
        what = "stream";
        step = Program.stream(storage, hardware, bytes, false);
      }
      case 6 -> {
        what = "stream of writes";
        step = Program.stream(storage, hardware, bytes, true);
      }
      case 7 -> {
        what = "log";
        step = Program.log(storage, hardware, bytes);
      }
      default -> {
        what = String.format(Locale.ROOT, "random, %.0f %% reads, skew %d", 100 * reads, skew);
        step = Program.random(storage, hardware, random.split(), bytes, reads, skew);
      }
    }
    String all =
        String.format(
            Locale.ROOT,
            "%s: %s of %s by %d threads, every %.1f µs%s",
            where,
            what,
            text(bytes),
            threads,
            thinkNanos / 1e3,
            hours.equals(Hours.ALWAYS) ? "" : ", " + hours);
    words.add(all);
    host.machine().start(new Program(hardware, all, threads, thinkNanos, hours, step));
  }

  private int between(int min, int max) {
    return random.nextInt(min, max + 1);
  }

  /** Returns a part of memory, uniform in its logarithm. */
  private long share(double min, double max) {
    return (long) (hardware.memoryBytes() * min * Math.pow(max / min, random.nextDouble()));
  }

  private static String text(long bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", (double) bytes / GIB);
  }
}
