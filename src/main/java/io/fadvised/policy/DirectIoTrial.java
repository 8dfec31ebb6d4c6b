package io.fadvised.policy;

import io.fadvised.loop.RequestCounters;
import java.time.Duration;
import java.util.Optional;

/**
 * Compares the requests of a device before and after direct I/O was switched on.
 *
 * <p>Requests are slower only if each takes longer and the device also completes fewer of them in
 * the time that it is busy. Latency alone proves nothing, since nobody waits for writeback: on 3.4
 * GiB of memory, 95 % reads and a set of 65 %, it rose from 0.7 to 1.2 ms, and programs became 1.3
 * times as fast. Fewer requests alone prove nothing either: programs may do less. While memory is
 * short nothing is compared: direct I/O makes room for the upper cache, and what misses both takes
 * longer. (Measured on 6.18.)
 *
 * @param before what the device did before; empty until direct I/O is switched on
 * @param start the counters at the start of the present window
 */
public record DirectIoTrial(
    Stage stage, Optional<RequestCounters> before, RequestCounters start, long startNanos) {
  public static final DirectIoTrial NONE =
      new DirectIoTrial(Stage.NONE, Optional.empty(), new RequestCounters(0, 0, 0, 0, 0, 0, 0), 0);

  private static final Duration MIN_WINDOW = Duration.ofMinutes(1);
  private static final int MIN_REQUESTS = 1000;

  /** O_DIRECT writes of 4 KiB without fsync took 3 to 6 times as long with direct I/O (6.18). */
  private static final double WORSE = 1.5;

  private static final double SIMILAR_SIZE = 1.5;
  private static final double SIMILAR_SHARE = 0.2;

  /** The stages in order. A trial that is over is never repeated. */
  public enum Stage {
    NONE,
    BEFORE,
    AFTER,
    OVER
  }

  /** The result of a comparison. */
  public enum Verdict {
    TOO_FEW_REQUESTS,
    OTHER_REQUESTS,
    NOT_WORSE,
    WORSE
  }

  public boolean isOver() {
    return stage == Stage.OVER;
  }

  /**
   * Returns whether to read the counters.
   *
   * @param pressed whether memory is short: then nobody waits for a comparison
   */
  public boolean isDue(boolean pressed, long nowNanos) {
    return switch (stage) {
      case NONE, OVER -> false;
      case BEFORE -> pressed || isWindowFull(nowNanos);
      case AFTER -> isWindowFull(nowNanos);
    };
  }

  private boolean isWindowFull(long nowNanos) {
    return nowNanos - startNanos >= MIN_WINDOW.toNanos();
  }

  /** Begins the first window, unless it has begun. */
  public DirectIoTrial begun(RequestCounters now, long nowNanos) {
    return stage == Stage.NONE
        ? new DirectIoTrial(Stage.BEFORE, Optional.empty(), now, nowNanos)
        : this;
  }

  /** Returns whether the first window has enough requests to compare with. */
  public boolean isMeasured(RequestCounters now, long nowNanos) {
    return stage == Stage.BEFORE
        && isWindowFull(nowNanos)
        && now.since(start).requests() >= MIN_REQUESTS;
  }

  /** Begins the second window. */
  public DirectIoTrial switchedOn(RequestCounters now, long nowNanos) {
    return new DirectIoTrial(Stage.AFTER, Optional.of(now.since(start)), now, nowNanos);
  }

  /** Begins the present window again. */
  public DirectIoTrial restarted(RequestCounters now, long nowNanos) {
    return new DirectIoTrial(stage, before, now, nowNanos);
  }

  public DirectIoTrial ended() {
    return new DirectIoTrial(Stage.OVER, Optional.empty(), NONE.start, 0);
  }

  /** Compares the two windows. */
  public Verdict verdict(RequestCounters now) {
    RequestCounters first = before.orElse(NONE.start);
    RequestCounters second = now.since(start);
    if (second.requests() < MIN_REQUESTS) {
      return Verdict.TOO_FEW_REQUESTS;
    }
    if (!isSimilar(first, second)) {
      return Verdict.OTHER_REQUESTS;
    }
    boolean worse =
        second.millisPerRequest() > WORSE * first.millisPerRequest()
            && second.busyMillisPerRequest() > WORSE * first.busyMillisPerRequest();
    return worse ? Verdict.WORSE : Verdict.NOT_WORSE;
  }

  private static boolean isSimilar(RequestCounters one, RequestCounters other) {
    double growth = other.bytesPerRequest() / Math.max(1, one.bytesPerRequest());
    return Math.abs(one.writeShare() - other.writeShare()) <= SIMILAR_SHARE
        && growth <= SIMILAR_SIZE
        && growth >= 1 / SIMILAR_SIZE;
  }
}
