package io.fadvised.status;

import io.avaje.jsonb.Json;
import io.fadvised.engine.Benefit;

/**
 * Benefit and cost of eviction, as flat values.
 *
 * @param gibHours memory given back multiplied by its duration; an upper bound
 * @param releasedBytes bytes that left the page cache after an eviction
 * @param returnedBytes released bytes that were read back; estimated
 * @param adviceCalls calls of posix_fadvise(2)
 * @param callMillis time in these calls
 */
@Json
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
