package io.fadvised.pagecache;

import io.fadvised.linux.FileStat;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The residency of one open file: counted or estimated at construction, located at the first call
 * of {@link #regions}, measured again by {@link #again}. Must not outlive the open file.
 */
public final class Measurement {
  /** A slice that lets everything be counted, whatever it takes. */
  public static final Duration UNLIMITED = Duration.ofNanos(Long.MAX_VALUE);

  private final OpenFile file;
  private final ByteRange range;
  private final Look look;
  private final ResidencyProbe probe;
  private final Residency total;
  private Optional<ResidencyMap> map;

  private Measurement(OpenFile file, ByteRange range, Look look, ResidencyProbe probe)
      throws KernelException {
    this.file = file;
    this.range = range;
    this.look = look;
    this.probe = probe;
    Optional<Residency> counted = probe.count(file, range);
    map = counted.isPresent() ? Optional.empty() : Optional.of(probe.measure(file, range));
    total = counted.isPresent() ? counted.get() : map.orElseThrow().total();
  }

  /**
   * Measures.
   *
   * @param range starts at a multiple of the page size
   * @param memory of earlier measurements of the same file
   * @param slice the time that mincore may take. cachestat counts for as long as that costs less
   *     than evicting what it finds.
   * @throws UnmeasurableException if the kernel would not tell this process the truth
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
    ProbeChooser probes = memory.probes(kernel);
    boolean limited = slice.compareTo(UNLIMITED) < 0;
    Look look = limited ? new Look(nanoClock, slice, memory.looks()) : Look.unlimited();
    ResidencyProbe probe =
        limited ? probes.choose(file, stat, range, look) : probes.choose(file, stat, range);
    return new Measurement(file, range, look, probe);
  }

  /** The residency of the whole range. */
  public Residency total() {
    return total;
  }

  /** The system call behind it: cachestat or mincore. */
  public String probe() {
    return probe.name();
  }

  /** The parts of the range with anything resident, in the order of the file. */
  public List<Region> regions() throws KernelException {
    if (map.isEmpty()) {
      map = Optional.of(probe.measure(file, range));
    }
    return map.orElseThrow().regions();
  }

  /** Measures again in the same way, after an eviction. */
  public Residency again() throws KernelException {
    return probe.total(file, range);
  }

  /** The time spent in mincore, which costs per page of the range; zero with cachestat. */
  public Duration spent() {
    return look.spent();
  }
}
