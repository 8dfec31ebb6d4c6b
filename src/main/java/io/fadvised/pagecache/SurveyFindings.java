package io.fadvised.pagecache;

import static io.fadvised.pagecache.ResidencyProbe.WINDOW_BYTES;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** What one {@link MincoreSurvey} has found. */
final class SurveyFindings {
  private final List<Region> counted = new ArrayList<>();
  private final List<Stratum> sampled = new ArrayList<>();
  private final List<Region> located = new ArrayList<>();

  /** Regions in what was counted, and is no part of any estimate. */
  List<Region> counted() {
    return counted;
  }

  /** What was estimated. */
  List<Stratum> sampled() {
    return sampled;
  }

  /** Regions that were counted after a sample told that it is worth it: part of an estimate. */
  List<Region> located() {
    return located;
  }

  Residency total() {
    return sampled.stream().map(Stratum::residency).reduce(sum(counted), Residency::plus);
  }

  /** The regions that were counted, in the order of the file. */
  List<Region> countedRegions() {
    return List.copyOf(byOffset().values());
  }

  /** The same, and whole windows of what was only sampled. */
  List<Region> allRegions(ByteRange range) {
    NavigableMap<Long, Region> regions = byOffset();
    for (Region window : sampledWindows(range)) {
      Map<Long, Region> within =
          regions.subMap(window.range().offset(), true, window.range().end(), false);
      Residency known = sum(List.copyOf(within.values()));
      within.clear();
      regions.put(
          window.range().offset(), new Region(window.range(), window.residency().plus(known)));
    }
    return List.copyOf(regions.values());
  }

  /** The windows in which sampled pieces were resident, those first that seem to be the fullest. */
  List<Region> fullestWindows(ByteRange range) {
    List<Region> windows = sampledWindows(range);
    windows.sort(Comparator.comparingLong(window -> -window.residency().residentBytes()));
    return windows;
  }

  static Residency sum(List<Region> regions) {
    return regions.stream().map(Region::residency).reduce(Residency.ofResident(0), Residency::plus);
  }

  private NavigableMap<Long, Region> byOffset() {
    NavigableMap<Long, Region> regions = new TreeMap<>();
    counted.forEach(region -> regions.put(region.range().offset(), region));
    located.forEach(region -> regions.put(region.range().offset(), region));
    return regions;
  }

  private List<Region> sampledWindows(ByteRange range) {
    Map<Long, Double> resident = new TreeMap<>();
    for (Stratum stratum : sampled) {
      for (Sampler.Hit hit : stratum.hits()) {
        resident.merge(
            Windows.indexOf(range, hit.offset(), WINDOW_BYTES),
            hit.bytes() * stratum.weight(),
            Double::sum);
      }
    }
    List<Region> windows = new ArrayList<>();
    resident.forEach((index, bytes) -> windows.add(window(range, index, bytes.longValue())));
    return windows;
  }

  private static Region window(ByteRange range, long index, long bytes) {
    ByteRange window = Windows.at(range, index);
    long length = window.length();
    return new Region(window, Residency.ofEstimate(Math.min(length, bytes), length, length));
  }
}
