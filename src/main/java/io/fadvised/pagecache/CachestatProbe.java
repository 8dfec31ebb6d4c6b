package io.fadvised.pagecache;

import io.fadvised.linux.CacheStat;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;

/**
 * cachestat(2): costs 1.8 ns for each resident page where many are together, 0.8 µs for one that is
 * alone in its 256 KiB, and 1 to 10 µs for an empty range of any size (measured, 6.18). To be used
 * only where {@link ProbeChooser} has seen it agree with mincore.
 *
 * <p>A call cannot be limited, so a large file is counted in parts, in any order. If the time of
 * the look is over before all of them are, and evicting what was found would take less time than
 * that, the rest is estimated from a {@link Sample} of regions.
 */
public final class CachestatProbe implements ResidencyProbe {
  /** Takes 2 ms if it is full, 14 ms at worst: one page in every 256 KiB. */
  private static final long PART_BYTES = 4L << 30;

  private static final int MOST_PARTS = 256;

  /** Half of what evicting a clean page costs (measured, 6.18). */
  private static final int WORTH_NANOS_PER_PAGE = 15;

  /** To find out where, however little there is: it decides what is spared. */
  private static final long LEAST_NANOS = 2_000_000;

  private final Kernel kernel;
  private final Look look;

  /** What the last count has seen, until somebody asks where it is. */
  private final Map<Long, Region> parts = new TreeMap<>();

  private Residency counted = Residency.NONE;

  /** What it had no time for, and regions drawn from that. */
  private Stretches uncounted = Stretches.NONE;

  private final List<Region> drawn = new ArrayList<>();

  private Residency last = Residency.NONE;
  private List<Region> listed = List.of();

  /** One that counts everything, however long that takes. */
  public CachestatProbe(Kernel kernel) {
    this(kernel, Look.unlimited());
  }

  /** One that keeps to the time of a look. */
  CachestatProbe(Kernel kernel, Look look) {
    this.kernel = kernel;
    this.look = look;
  }

  @Override
  public String name() {
    return "cachestat";
  }

  @Override
  public Optional<Residency> count(OpenFile file, ByteRange range) throws KernelException {
    last = countParts(file, range, look.begin());
    return Optional.of(last);
  }

  /** What was counted just now is not counted once more. */
  @Override
  public ResidencyMap measure(OpenFile file, ByteRange range) throws KernelException {
    if (parts.isEmpty()) {
      count(file, range);
    }
    long worthNanos = Math.max(LEAST_NANOS, 2 * WORTH_NANOS_PER_PAGE * pages(last));
    listed =
        new CachestatLocator(this).locate(file, parts.values(), look.begin().within(worthNanos));
    parts.clear();
    List<Region> regions = new ArrayList<>(listed);
    addEstimated(regions);
    regions.sort(Comparator.comparingLong(region -> region.range().offset()));
    return new ResidencyMap(last, regions);
  }

  /**
   * What was not counted, other parts first each time: of a large file there is no room for all.
   */
  private void addEstimated(List<Region> regions) {
    double share = sampleOf(drawn).share();
    Residency seen = drawn.stream().map(Region::residency).reduce(Residency.NONE, Residency::plus);
    List<ByteRange> parts = new ArrayList<>(share > 0 ? uncounted.ranges() : List.of());
    Collections.shuffle(parts, new Random(look.memory().random().nextLong()));
    for (ByteRange part : parts) {
      if (regions.size() >= CachestatLocator.MOST_REGIONS) {
        return;
      }
      regions.addAll(
          CachestatLocator.uncounted(new Region(part, seen.scaled(part.length(), share))));
    }
  }

  /** After an estimate: counts again where something was found. */
  @Override
  public Residency total(OpenFile file, ByteRange range) throws KernelException {
    if (last.isExact()) {
      return count(file, range).orElseThrow();
    }
    Residency total = counted;
    for (Region region : listed) {
      total = total.with(region.residency(), residencyOf(file, region.range()));
    }
    List<Region> again = new ArrayList<>();
    for (Region region : drawn) {
      boolean wasEmpty = region.residency().residentBytes() == 0;
      again.add(wasEmpty ? region : new Region(region.range(), residencyOf(file, region.range())));
    }
    return total.plus(sampleOf(again).of(uncounted.bytes()).withoutDirty());
  }

  /** Counts one range of any length. */
  Residency residencyOf(OpenFile file, ByteRange range) throws KernelException {
    if (range.isEmpty()) { // to the call, length 0 is "to the end"
      return Residency.NONE;
    }
    CacheStat pages = kernel.cacheStat(file, range.offset(), range.length());
    return new Residency(
        bytes(pages.residentPages()),
        OptionalLong.of(bytes(pages.dirtyPages())),
        OptionalLong.of(bytes(pages.writebackPages())));
  }

  /** A range in parts that are worth a call each. */
  static List<ByteRange> partsOf(ByteRange range) {
    long even =
        new ByteRange(0, range.length() / MOST_PARTS).alignedOutwards(WINDOW_BYTES).length();
    return Windows.cut(range, Math.max(PART_BYTES, even));
  }

  private Residency countParts(OpenFile file, ByteRange range, TimeLimit limit)
      throws KernelException {
    List<ByteRange> left = new ArrayList<>(partsOf(range));
    Collections.shuffle(left, new Random(look.memory().random().nextLong()));
    parts.clear();
    drawn.clear();
    uncounted = Stretches.NONE;
    Residency total = Residency.NONE;
    while (!left.isEmpty() && isWorthIt(total, limit)) {
      total = total.plus(countPart(file, left.remove(left.size() - 1)));
    }
    counted = total;
    return left.isEmpty() ? total : total.plus(estimate(file, range, left, limit));
  }

  private Residency countPart(OpenFile file, ByteRange part) throws KernelException {
    Residency residency = residencyOf(file, part);
    parts.put(part.offset(), new Region(part, residency));
    return residency;
  }

  /** Half of the time is kept for an estimate. */
  private boolean isWorthIt(Residency found, TimeLimit limit) {
    long worthNanos = WORTH_NANOS_PER_PAGE * pages(found);
    return limit.spentNanos() <= Math.max(limit.leftNanos(), worthNanos);
  }

  private Residency estimate(OpenFile file, ByteRange range, List<ByteRange> left, TimeLimit limit)
      throws KernelException {
    left.sort(Comparator.comparingLong(ByteRange::offset));
    uncounted = new Stretches(left);
    Sampler sampler =
        new Sampler(
            (opened, offsets) -> countRegions(opened, range, offsets),
            (int) REGION_BYTES,
            kernel.pageBytes(),
            look.memory().random());
    long half = limit.leftNanos() / 2;
    sampler.draw(file, uncounted, limit.within(limit.leftNanos()), half, WORTH_NANOS_PER_PAGE);
    return sampler.sample().of(uncounted.bytes()).withoutDirty();
  }

  private int[] countRegions(OpenFile file, ByteRange range, long[] offsets)
      throws KernelException {
    int[] pages = new int[offsets.length];
    for (int i = 0; i < pages.length; i++) {
      ByteRange region = new ByteRange(offsets[i], REGION_BYTES).within(range.end());
      drawn.add(new Region(region, residencyOf(file, region)));
      pages[i] = (int) pages(drawn.get(drawn.size() - 1).residency());
    }
    return pages;
  }

  private static Sample sampleOf(List<Region> regions) {
    Sample sample = Sample.NONE;
    for (Region region : regions) {
      sample = sample.plus((double) region.residency().residentBytes() / REGION_BYTES);
    }
    return sample;
  }

  private long pages(Residency residency) {
    return residency.residentBytes() / kernel.pageBytes();
  }

  private long bytes(long pages) {
    return pages * kernel.pageBytes();
  }
}
