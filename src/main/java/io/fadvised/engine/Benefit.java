package io.fadvised.engine;

/**
 * The benefit of evictions since the daemon started.
 *
 * @param givenBackBytes memory given back at present; an upper bound
 * @param byteSeconds memory given back times its duration; an upper bound, see {@link BenefitMeter}
 */
public record Benefit(long givenBackBytes, double byteSeconds) {
  public static final Benefit NONE = new Benefit(0, 0);

  private static final double BYTE_SECONDS_IN_GIB_HOUR = 3600.0 * (1L << 30);

  /** Returns the memory given back in GiB hours. */
  public double gibHours() {
    return byteSeconds / BYTE_SECONDS_IN_GIB_HOUR;
  }
}
