package io.fadvised.pagecache;

import static io.fadvised.pagecache.ResidencyProbe.REGION_BYTES;
import static io.fadvised.pagecache.ResidencyProbe.WINDOW_BYTES;

import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;

/**
 * Finds by cachestat where a file is resident: cuts it into ever smaller parts, the densest first,
 * and passes over those that are empty. Into sixteen, not two, since each time all pages are
 * counted anew: 1 GiB in one piece of 1 TiB takes 5 counts instead of 18. What there is no time to
 * cut is listed uncounted: as it is if little of it is resident, since to advise the rest of it
 * costs nothing then, else window by window, so that a call seldom gets too much to do.
 */
final class CachestatLocator {
  /**
   * Regions listed of one file: 512 GiB if they are full, 16 GiB if they are not. Of more the
   * densest are listed, and when they have been evicted, the others are.
   */
  static final int MOST_REGIONS = 4096;

  private static final int CUTS = 16;

  /** What need not be cut any more, and then the densest. */
  private static final Comparator<Region> CHEAPEST_FIRST =
      Comparator.comparing((Region region) -> !isRegion(region))
          .thenComparingDouble(region -> -density(region));

  private final CachestatProbe cachestat;

  CachestatLocator(CachestatProbe cachestat) {
    this.cachestat = cachestat;
  }

  /**
   * The regions in parts that were counted, in the order of the file; larger parts of which there
   * was no time to find the regions.
   */
  List<Region> locate(OpenFile file, Collection<Region> parts, TimeLimit limit)
      throws KernelException {
    List<Region> regions = new ArrayList<>();
    PriorityQueue<Region> left = new PriorityQueue<>(CHEAPEST_FIRST);
    addResident(left, parts);
    while (!left.isEmpty() && regions.size() < MOST_REGIONS && !limit.isOver()) {
      Region region = left.remove();
      if (isRegion(region)) {
        regions.add(region);
      } else {
        addResident(left, cut(file, region));
      }
    }
    while (!left.isEmpty() && regions.size() < MOST_REGIONS) {
      regions.addAll(uncounted(left.remove()));
    }
    regions.sort(Comparator.comparingLong(region -> region.range().offset()));
    return regions;
  }

  /** Some window, or less, with anything resident. */
  Optional<ByteRange> anyWindow(OpenFile file, List<ByteRange> parts) throws KernelException {
    for (ByteRange part : parts) {
      if (cachestat.residencyOf(file, part).residentBytes() > 0) {
        return Windows.isCut(part, WINDOW_BYTES)
            ? anyWindow(file, Windows.cut(part, unitOf(part)))
            : Optional.of(part);
      }
    }
    return Optional.empty();
  }

  /** A part of which it is not known where pages are, in pieces that may be advised as a whole. */
  static List<Region> uncounted(Region region) {
    long resident = region.residency().residentBytes();
    if (resident <= WINDOW_BYTES) {
      return List.of(region);
    }
    double share = (double) resident / region.range().length();
    return Windows.cut(region.range(), WINDOW_BYTES).stream()
        .map(window -> new Region(window, region.residency().scaled(window.length(), share)))
        .toList();
  }

  private static void addResident(PriorityQueue<Region> queue, Collection<Region> regions) {
    regions.stream().filter(region -> region.residency().residentBytes() > 0).forEach(queue::add);
  }

  private static boolean isRegion(Region region) {
    return !Windows.isCut(region.range(), isUniform(region) ? WINDOW_BYTES : REGION_BYTES);
  }

  private List<Region> cut(OpenFile file, Region region) throws KernelException {
    List<Region> cut = new ArrayList<>();
    for (ByteRange part : Windows.cut(region.range(), unitOf(region.range()))) {
      cut.add(
          new Region(
              part, isUniform(region) ? fullAndClean(part) : cachestat.residencyOf(file, part)));
    }
    return cut;
  }

  /** Windows at least; within a window halves, which are often full or empty. */
  private static long unitOf(ByteRange range) {
    return Windows.isCut(range, WINDOW_BYTES)
        ? new ByteRange(0, range.length() / CUTS).alignedOutwards(WINDOW_BYTES).length()
        : Math.max(REGION_BYTES, Long.highestOneBit(range.length() - 1));
  }

  /** Resident from end to end, and clean: the same everywhere. */
  private static boolean isUniform(Region region) {
    return region.residency().equals(fullAndClean(region.range()));
  }

  private static Residency fullAndClean(ByteRange range) {
    return new Residency(range.length(), OptionalLong.of(0), OptionalLong.of(0));
  }

  private static double density(Region region) {
    return (double) region.residency().residentBytes() / region.range().length();
  }
}
