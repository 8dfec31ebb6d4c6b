package io.fadvised.status;

import io.fadvised.engine.Benefit;

/**
 * What eviction gave and what it cost, flat.
 *
 * @param gibHours memory given back, times how long; an upper bound
 * @param releasedBytes seen to leave the page cache
 * @param returnedBytes of that, read from the disk again; estimated
 * @param adviceCalls calls of posix_fadvise(2)
 * @param callMillis spent inside them
 */
public record BenefitStatus(
    double gibHours, long releasedBytes, long returnedBytes, long adviceCalls, long callMillis) {

  static BenefitStatus of(Benefit benefit) {
    return new BenefitStatus(
        benefit.gibHours(),
        benefit.releasedBytes(),
        benefit.returnedBytes(),
        benefit.adviceCalls(),
        benefit.callTime().toMillis());
  }
}
