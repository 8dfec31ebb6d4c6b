package io.fadvised.simulation;

import io.fadvised.simulation.Program.Hours;
import io.fadvised.simulation.Program.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * A host made from a seed, with a hundred containers that have limits, and other programs that have
 * none. Some containers belong to pods with a limit of their own.
 */
final class ContainerHost {
  private static final int CONTAINERS = 100;
  private static final int MAX_BYSTANDERS = 12;
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;

  private static final long SHARED_BYTES = 64 * MIB;
  private static final long SHARED_THINK_NANOS = 100_000;

  /** Its programs are always in memory. */
  private static final double MAX_ANONYMOUS = 0.6;

  /**
   * A container, or a program without a limit, and its device.
   *
   * @param cgroup the root for a program without a limit
   * @param cachesTwice whether it only reads, through the cache of the device's filesystem
   */
  record Tenant(SimulatedCgroup cgroup, SimulatedLoop loop, boolean cachesTwice, String words) {
    String device() {
      return loop.device().name();
    }

    @Override
    public String toString() {
      return words;
    }
  }

  /** The rest of a host's memory. */
  enum Rest {
    /** Memory that nobody uses. */
    FREE,
    /** A stream of a plain file has filled it, and kswapd makes room for more. */
    FULL_OF_A_STREAM
  }

  private final SplittableRandom random;
  private final boolean changing;
  private final Hardware hardware;
  private final boolean hasCachestat;
  private final SimulatedHost host;
  private final List<Tenant> containers = new ArrayList<>();
  private final List<Tenant> bystanders = new ArrayList<>();
  private final List<Program> readers = new ArrayList<>();
  private final String words;

  private ContainerHost(long seed, boolean changing, Rest rest) {
    random = new SplittableRandom(seed);
    this.changing = changing;
    hardware = Hardware.of(between(4, 32), rest == Rest.FREE ? 64 * GIB : 40 * GIB);
    hasCachestat = random.nextInt(5) > 0;
    host =
        new SimulatedHost(
            hardware, hasCachestat ? KernelFeatures.NEW : KernelFeatures.WITHOUT_CACHESTAT);
    words =
        "seed %d; %d CPUs; %s"
            .formatted(seed, hardware.cpus(), hasCachestat ? "cachestat" : "no cachestat");
    for (int others = between(1, MAX_BYSTANDERS); others > 0; others--) {
      bystanders.add(bystander());
    }
    Tenant shared = sharedDevice();
    bystanders.add(shared);
    while (containers.size() < CONTAINERS) {
      if (random.nextInt(6) == 0) {
        addPod();
      } else {
        addContainer(host.machine().cache().root(), true);
      }
    }
    useALittle(shared);
    if (rest == Rest.FULL_OF_A_STREAM) {
      stream();
    }
  }

  /** Returns a host with programs that start and stop. */
  static ContainerHost changing(long seed, Rest rest) {
    return new ContainerHost(seed, true, rest);
  }

  /** Returns a host with programs that run all the time. */
  static ContainerHost steady(long seed) {
    return new ContainerHost(seed, false, Rest.FREE);
  }

  SimulatedHost host() {
    return host;
  }

  boolean hasCachestat() {
    return hasCachestat;
  }

  List<Tenant> containers() {
    return containers;
  }

  /** Returns whether all containers in a cgroup only read, through the caches of filesystems. */
  boolean cacheTwice(SimulatedCgroup cgroup) {
    return containers.stream()
        .filter(container -> cgroup.members().contains(container.cgroup()))
        .allMatch(Tenant::cachesTwice);
  }

  /** Returns the limit of a container, or else of its pod. */
  long limitBytes(Tenant container) {
    SimulatedCgroup cgroup = container.cgroup();
    long chunks = cgroup.hasLimit() ? cgroup.limitChunks() : cgroup.parent().limitChunks();
    return chunks * hardware.chunkBytes();
  }

  /** Returns the devices of programs without a limit. */
  List<Tenant> bystanders() {
    return bystanders;
  }

  /** Returns the programs that only read. */
  List<Program> readers() {
    return readers;
  }

  @Override
  public String toString() {
    return words;
  }

  private void addPod() {
    PageCache cache = host.machine().cache();
    int members = between(2, 3);
    long limit = members * sizeBetween(16 * MIB, 256 * MIB);
    SimulatedCgroup pod = cache.makeCgroup(cache.root(), "pod" + containers.size(), limit, 0);
    for (; members > 0; members--) {
      addContainer(pod, random.nextBoolean());
    }
  }

  private void addContainer(SimulatedCgroup parent, boolean hasLimit) {
    PageCache cache = host.machine().cache();
    long limit = sizeBetween(16 * MIB, 512 * MIB);
    long anonymous = (long) (limit * MAX_ANONYMOUS * random.nextDouble());
    if (parent.hasLimit()) { // what its pod lets it have
      limit = Math.min(limit, parent.limitChunks() * hardware.chunkBytes() / 2);
      anonymous = limit / 4;
    }
    String name = "container" + containers.size();
    SimulatedCgroup cgroup =
        cache.makeCgroup(parent, name, hasLimit ? limit : SimulatedCgroup.UNLIMITED, anonymous);
    long room = limit - anonymous;
    String text =
        "%s%s of %d MiB, %d MiB of them free"
            .formatted(cgroup, hasLimit ? "" : " without a limit", limit / MIB, room / MIB);
    containers.add(tenant(cgroup, room, text));
  }

  private Tenant bystander() {
    return tenant(
        host.machine().cache().root(),
        sizeBetween(16 * MIB, 128 * MIB),
        "bystander" + bystanders.size());
  }

  /** Makes a device that is read with O_DIRECT, so that its reads are always I/O. */
  private Tenant sharedDevice() {
    SimulatedLoop loop = host.attach(host.machine().file(SHARED_BYTES));
    SimulatedCgroup root = host.machine().cache().root();
    start(reader(loop, SHARED_THINK_NANOS), root, true);
    return new Tenant(root, loop, false, "shared device, " + loop.device().name());
  }

  /** Makes some containers read a little from a device that is used by others. */
  private void useALittle(Tenant shared) {
    for (int i = 0; i < CONTAINERS; i += 10) {
      Tenant user = containers.get(i);
      start(reader(shared.loop(), 40 * SHARED_THINK_NANOS), user.cgroup(), true);
      containers.set(i, new Tenant(user.cgroup(), user.loop(), false, user.words()));
    }
  }

  private Program reader(SimulatedLoop loop, long thinkNanos) {
    Step step = Program.random(Storage.direct(loop), hardware, random.split(), SHARED_BYTES, 1, 1);
    return new Program(hardware, "reader", 1, thinkNanos, Hours.ALWAYS, step);
  }

  /** Makes a device, and a program that may use more or less than {@code room}. */
  private Tenant tenant(SimulatedCgroup cgroup, long room, String text) {
    long bytes = (long) (room * 0.1 * Math.pow(20, random.nextDouble()));
    CachedFile backing = host.machine().file(Math.max(8 * MIB, bytes * between(1, 3)));
    SimulatedLoop loop = host.attach(backing);
    boolean direct = random.nextInt(6) == 0;
    Storage storage = direct ? Storage.direct(loop) : Storage.buffered(host.machine(), loop);
    int threads = between(1, 2);
    long thinkNanos = (long) (20e3 * Math.pow(500, random.nextDouble())); // up to 10 ms
    int kind = random.nextInt(direct ? 8 : 11);
    String what;
    Step step;
    if (kind == 0) {
      return new Tenant(cgroup, loop, true, text + ", " + loop.device().name() + ": idle");
    } else if (kind <= 1) {
      what = "stream";
      step = Program.stream(storage, hardware, bytes, false);
    } else if (kind <= 7) {
      int skew = between(1, 3);
      what = "random, skew " + skew;
      step = Program.random(storage, hardware, random.split(), bytes, 1, skew);
    } else if (kind == 8) {
      what = "log";
      step = Program.log(storage, hardware, bytes);
    } else {
      double reads = random.nextInt(5, 10) / 10.0;
      what = String.format(Locale.ROOT, "random, %.0f %% reads", 100 * reads);
      step = Program.random(storage, hardware, random.split(), bytes, reads, 2);
    }
    Hours hours =
        changing && random.nextInt(3) > 0
            ? Hours.of(random.nextInt(30), between(10, 60), between(3, 40))
            : Hours.ALWAYS;
    String all =
        String.format(
            Locale.ROOT,
            "%s, %s%s: %s of %.1f MiB by %d threads, every %.1f µs%s",
            text,
            loop.device().name(),
            direct ? " with O_DIRECT" : "",
            what,
            (double) bytes / MIB,
            threads,
            thinkNanos / 1e3,
            hours.equals(Hours.ALWAYS) ? "" : ", " + hours);
    start(new Program(hardware, all, threads, thinkNanos, hours, step), cgroup, kind <= 7);
    return new Tenant(cgroup, loop, !direct && kind <= 7, all);
  }

  private void start(Program program, SimulatedCgroup cgroup, boolean onlyReads) {
    host.machine().start(program, cgroup);
    if (onlyReads) {
      readers.add(program);
    }
  }

  private void stream() {
    CachedFile file = host.machine().file(2 * hardware.memoryBytes());
    PageCache cache = host.machine().cache();
    for (long chunk = file.chunks() - 1; cache.freeBytes() > 2 * cache.watermarkBytes(); chunk--) {
      cache.add(file, chunk);
    }
    Storage storage = Storage.plain(host.machine(), file);
    Step step = Program.stream(storage, hardware, file.sizeBytes(), false);
    start(
        new Program(hardware, "stream", 1, 0, Hours.ALWAYS, step),
        host.machine().cache().root(),
        true);
  }

  private int between(int min, int max) {
    return random.nextInt(min, max + 1);
  }

  /** Returns a size, uniform in its logarithm. */
  private long sizeBetween(long min, long max) {
    return (long) (min * Math.pow((double) max / min, random.nextDouble()));
  }
}
