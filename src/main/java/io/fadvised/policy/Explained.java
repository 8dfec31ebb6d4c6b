package io.fadvised.policy;

/**
 * Refaults and stalls of cgroups at their own limits, which are no sign of the host's memory.
 *
 * @param refaultsPerSecond file pages
 * @param stallShare fraction of the time, added up over the cgroups
 */
public record Explained(double refaultsPerSecond, double stallShare) {
  public static final Explained NOTHING = new Explained(0, 0);

  /** Stands for the first moments of a cgroup at its limit, before it was sampled twice. */
  public static final Explained ALL =
      new Explained(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);

  public Explained plus(Explained other) {
    return new Explained(
        refaultsPerSecond + other.refaultsPerSecond, stallShare + other.stallShare);
  }
}
