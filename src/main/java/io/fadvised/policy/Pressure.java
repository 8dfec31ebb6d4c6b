package io.fadvised.policy;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * The pressure on the page cache.
 *
 * @param level 0 (memory to spare) to 1 (every page counts)
 * @param sources the level of each source alone at the last poll, 0 to 1
 * @param words the strongest source, for people
 */
public record Pressure(double level, Map<Source, Double> sources, String words) {
  /** Assumed before the first poll. */
  public static final Pressure NONE = new Pressure(0, Map.of(), "none");

  /** The sources of pressure. */
  public enum Source {
    /** MemAvailable is a small part of memory. */
    HEADROOM("memory headroom"),
    /** Free memory runs out within seconds, and the kernel does not reclaim yet. */
    FILL("free memory"),
    /** Tasks stalled for lack of memory (PSI). */
    STALL("memory stalls"),
    /** The kernel reclaimed file pages that were needed again. */
    REFAULT("page cache refaults"),
    /** Tasks had to reclaim memory themselves. */
    DIRECT_RECLAIM("direct reclaim"),
    /** kswapd is scanning for pages: the page cache is full. */
    SCAN("reclaim scanning");

    private final String words;

    Source(String words) {
      this.words = words;
    }

    public String words() {
      return words;
    }
  }

  /**
   * Pressure rises at once and decays slowly: evictions relieve it, and a budget that grew back as
   * fast would cause it again.
   */
  private static final Duration HALF_LIFE = Duration.ofSeconds(30);

  private static final double QUIET = 0.05;

  public Pressure {
    if (!(level >= 0 && level <= 1)) {
      throw new IllegalArgumentException("pressure level " + level);
    }
    Map<Source, Double> copy = new EnumMap<>(Source.class);
    copy.putAll(sources);
    sources = Collections.unmodifiableMap(copy);
  }

  /** Returns whether it has faded so far that it counts as none. */
  public boolean isQuiet() {
    return level <= QUIET;
  }

  /**
   * Returns this pressure, or the decayed earlier one if that is higher.
   *
   * @param before the settled pressure of the last poll
   * @param elapsed time since then
   */
  public Pressure settledAfter(Pressure before, Duration elapsed) {
    double halves = (double) elapsed.toNanos() / HALF_LIFE.toNanos();
    double remembered = before.level * Math.pow(0.5, halves);
    return remembered <= level ? this : new Pressure(remembered, sources, fading(before.words));
  }

  private static String fading(String words) {
    return words.endsWith(FADING) ? words : words + FADING;
  }

  private static final String FADING = ", fading";
}
