package io.fadvised.pagecache;

import io.fadvised.linux.FileStat;
import io.fadvised.linux.FileSystemType;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The residency of one open file. It is counted at construction, and estimated from a sample as far
 * as the time does not suffice; located at the first call of {@link #regions}; and measured again
 * by {@link #again}. Not to be used after the file is closed.
 *
 * <p>It uses cachestat where that is available (6.5) and permitted, and mincore elsewhere. On
 * overlayfs it uses mincore, too: cachestat reports zeros there, while mincore reports the pages
 * (measured, 6.18).
 */
public final class Measurement {
  /** A slice in which everything is counted. */
  public static final Duration UNLIMITED = Duration.ofNanos(Long.MAX_VALUE);

  private final LongSupplier nanoClock;
  private final Probe probe;
  private final Probe.Counted counted;
  private final List<Estimate> estimates = new ArrayList<>();
  private final Residency total;
  private List<Region> regions = List.of();
  private long mincoreNanos;

  private Measurement(
      Probe probe,
      Kernel kernel,
      OpenFile file,
      ByteRange range,
      MeasuringMemory memory,
      Duration slice,
      LongSupplier nanoClock)
      throws KernelException {
    this.nanoClock = nanoClock;
    this.probe = probe;
    long start = nanoClock.getAsLong();
    counted = probe.count(range, slice);
    long afterCount = nanoClock.getAsLong();
    long left = Math.max(slice.toNanos() / 4, slice.toNanos() - (afterCount - start));
    long share = left / Math.max(1, counted.rests().size());
    for (List<ByteRange> rest : counted.rests()) {
      estimates.add(new Estimate(kernel, file, rest, memory.random(), share, nanoClock));
    }
    mincoreNanos = nanoClock.getAsLong() - (isByMincore() ? start : afterCount);
    total = sum(counted.parts(), estimates.stream().map(Estimate::residency).toList());
  }

  /**
   * Measures a file.
   *
   * @param range starts at a multiple of the page size
   * @param memory of earlier measurements of the same file
   * @param slice the maximum time for mincore. cachestat counts while that costs less than evicting
   *     the counted pages.
   * @param nanoClock the processor time of this thread: with the time of day a busy host would end
   *     a slice early
   * @throws UnmeasurableException if the kernel would not report the true residency to this process
   * @throws KernelException if a call fails
   */
  public static Measurement of(
      Kernel kernel,
      OpenFile file,
      FileStat stat,
      ByteRange range,
      MeasuringMemory memory,
      Duration slice,
      LongSupplier nanoClock)
      throws KernelException, UnmeasurableException {
    if (!kernel.mayMeasure(file)) {
      throw new UnmeasurableException(
          "the kernel hides residency from this user: requires the file's owner (user "
              + Integer.toUnsignedString(stat.ownerId())
              + ") or CAP_FOWNER over a mapped owner");
    }
    if (!kernel.fileSystemType(file).equals(FileSystemType.OVERLAY)) {
      Probe cachestat = new Cachestat(kernel, file, memory, nanoClock);
      try {
        return new Measurement(cachestat, kernel, file, range, memory, slice, nanoClock);
      } catch (KernelException e) {
        // an old kernel (ENOSYS), seccomp (EPERM), hugetlbfs (EOPNOTSUPP): falls back to mincore
      }
    }
    Probe mincore = new Mincore(kernel, file, nanoClock);
    return new Measurement(mincore, kernel, file, range, memory, slice, nanoClock);
  }

  /** Returns the residency of the whole range. */
  public Residency total() {
    return total;
  }

  /** Returns the system call that counted: cachestat or mincore. */
  public String probe() {
    return probe.name();
  }

  /** Returns the parts of the range with resident pages, in the order of the file. */
  public List<Region> regions() throws KernelException {
    if (regions.isEmpty()) {
      List<Region> located = new ArrayList<>(probe.locate(counted.parts()));
      estimates.forEach(estimate -> located.addAll(estimate.regions()));
      located.sort(Comparator.comparingLong(region -> region.range().offset()));
      regions = List.copyOf(located);
    }
    return regions;
  }

  /** Measures the parts that had resident pages again, after an eviction. */
  public Residency again() throws KernelException {
    long start = nanoClock.getAsLong();
    List<Region> now = new ArrayList<>();
    for (Region part : counted.parts()) {
      now.add(new Region(part.range(), probe.residencyOf(part.range())));
    }
    long afterCount = nanoClock.getAsLong();
    List<Residency> estimated = new ArrayList<>();
    for (Estimate estimate : estimates) {
      estimated.add(estimate.again());
    }
    mincoreNanos += nanoClock.getAsLong() - (isByMincore() ? start : afterCount);
    return sum(now, estimated);
  }

  /** Returns the time spent in mincore, whose cost depends on the pages of the range or sample. */
  public Duration spent() {
    return Duration.ofNanos(mincoreNanos);
  }

  private boolean isByMincore() {
    return probe instanceof Mincore;
  }

  /** Only cachestat counts dirty pages. */
  private Residency sum(List<Region> parts, List<Residency> estimated) {
    Residency sum = estimated.stream().reduce(Residency.ofResident(0), Residency::plus);
    sum = isByMincore() ? sum : sum.withoutDirty();
    for (Region part : parts) {
      sum = sum.plus(part.residency());
    }
    return sum;
  }
}
