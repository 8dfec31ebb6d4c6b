package io.fadvised.cli;

import io.avaje.jsonb.Json;
import io.fadvised.json.JsonText;
import io.fadvised.pagecache.Residency;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * The results of {@code fadvised evict} as JSON, one component for each key.
 *
 * @param schemaVersion see {@link JsonText#SCHEMA_VERSION}
 */
@Json
record EvictionJson(int schemaVersion, boolean dryRun, List<EvictedTarget> targets) {

  static EvictionJson of(boolean dryRun, List<EvictionResult> results) {
    return new EvictionJson(
        JsonText.SCHEMA_VERSION, dryRun, results.stream().map(EvictedTarget::of).toList());
  }

  /** One target. Only the error is present if it could not be measured. */
  @Json
  record EvictedTarget(
      String target,
      OptionalLong residentBeforeBytes,
      OptionalLong residentAfterBytes,
      OptionalLong releasedBytes,
      OptionalLong measureMicros,
      OptionalLong evictMicros,
      Optional<String> error) {

    private static EvictedTarget of(EvictionResult result) {
      boolean measured = result.before().isPresent() && result.after().isPresent();
      return new EvictedTarget(
          result.target(),
          measured ? resident(result.before()) : OptionalLong.empty(),
          measured ? resident(result.after()) : OptionalLong.empty(),
          measured ? OptionalLong.of(result.releasedBytes()) : OptionalLong.empty(),
          measured ? micros(result.measuring()) : OptionalLong.empty(),
          measured && !result.dryRun() ? micros(result.evicting()) : OptionalLong.empty(),
          result.error());
    }

    private static OptionalLong micros(Duration time) {
      return OptionalLong.of(TimeUnit.NANOSECONDS.toMicros(time.toNanos()));
    }

    private static OptionalLong resident(Optional<Residency> residency) {
      return residency.stream().mapToLong(Residency::residentBytes).findFirst();
    }
  }
}
