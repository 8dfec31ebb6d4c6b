package io.fadvised.cli;

import io.fadvised.engine.Host;
import io.fadvised.engine.Pacing;
import io.fadvised.linux.Failures;
import io.fadvised.linux.KernelException;
import io.fadvised.pagecache.Evictor;
import io.fadvised.pagecache.Measurement;
import io.fadvised.pagecache.MeasuringMemory;
import io.fadvised.pagecache.Region;
import io.fadvised.pagecache.Residency;
import io.fadvised.pagecache.UnmeasurableException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * Evicts one target: open, measure, evict, measure, close.
 *
 * <p>POSIX_FADV_DONTNEED only starts to write dirty pages. While some may be left, it evicts again,
 * at most {@link #MAX_PASSES} times in all, {@link #BETWEEN_PASSES} apart. Pages that take longer
 * to write stay, and the result reports them.
 */
final class TargetEviction {
  static final int MAX_PASSES = 3;
  static final Duration BETWEEN_PASSES = Duration.ofMillis(500);

  private final Host host;
  private final Evictor evictor;

  TargetEviction(Host host) {
    this.host = host;
    evictor =
        new Evictor(
            host.kernel(),
            host.pause(),
            host.clock()::nanos,
            new Pacing(host),
            Measurement.UNLIMITED);
  }

  /** Evicts a target, or only measures it. Failures are part of the result. */
  EvictionResult evict(Target named, boolean dryRun) throws InterruptedException {
    String text = named.text();
    try (OpenTarget target = OpenTarget.of(named, host)) {
      long from = host.clock().nanos();
      Measurement before = measure(target);
      long measured = host.clock().nanos();
      Residency after = dryRun ? before.total() : evict(target, before);
      return new EvictionResult(
          text,
          Optional.of(before.total()),
          Optional.of(after),
          Duration.ofNanos(measured - from),
          Duration.ofNanos(host.clock().nanos() - measured),
          dryRun,
          Optional.empty());
    } catch (CommandFailedException e) {
      return EvictionResult.failed(text, dryRun, String.join("; ", e.sentences()));
    } catch (UnmeasurableException e) {
      return EvictionResult.failed(text, dryRun, e.reason());
    } catch (IOException e) {
      return EvictionResult.failed(text, dryRun, "failed: " + Failures.words(e));
    }
  }

  private Measurement measure(OpenTarget target) throws KernelException, UnmeasurableException {
    return Measurement.of(
        host.kernel(),
        target.file(),
        target.stat(),
        target.range(),
        new MeasuringMemory(0),
        Measurement.UNLIMITED,
        host.clock()::nanos);
  }

  private Residency evict(OpenTarget target, Measurement before)
      throws KernelException, UnmeasurableException, InterruptedException {
    Residency left = evictOnce(target, before);
    for (int pass = 1; pass < MAX_PASSES && mayHoldDirty(left); pass++) {
      host.pause().pause(BETWEEN_PASSES);
      left = evictOnce(target, measure(target));
    }
    return left;
  }

  /** Evicts without a time limit; the operator can interrupt it. */
  private Residency evictOnce(OpenTarget target, Measurement now)
      throws KernelException, InterruptedException {
    return evictor
        .evict(
            target.file(),
            now,
            Region.ranges(now.regions()),
            target.range(),
            Measurement.UNLIMITED,
            () -> true)
        .after();
  }

  /** mincore does not report dirty pages, so any page that stayed may be dirty. */
  private static boolean mayHoldDirty(Residency left) {
    return left.residentBytes() > 0
        && (left.dirtyBytes().isEmpty() || EvictionText.waitingBytes(left) > 0);
  }
}
