package io.fadvised.engine;

import io.fadvised.pagecache.Evictor;
import io.fadvised.policy.Pacer;
import java.time.Duration;

/** The pace of all advice on this host, kept from one eviction to the next. */
public final class Pacing implements Evictor.Pace {
  /**
   * What it came to since the start.
   *
   * @param inside how long the calls took
   * @param slowCalls calls that took longer than they should
   * @param rest how much rest between calls was prescribed
   */
  public record Totals(Duration inside, long slowCalls, Duration rest) {
    public static final Totals ZERO = new Totals(Duration.ZERO, 0, Duration.ZERO);
  }

  private final Clock clock;
  private Pacer pacer;
  private Totals totals = Totals.ZERO;
  private long calledAtNanos;

  public Pacing(Host host) {
    clock = host.clock();
    pacer = Pacer.of(host.kernel().onlineProcessors());
    calledAtNanos = clock.nanos();
  }

  /** What goes on at the pace of another one. */
  Pacing(Pacing earlier) {
    clock = earlier.clock;
    pacer = earlier.pacer;
    totals = earlier.totals;
    calledAtNanos = earlier.calledAtNanos;
  }

  @Override
  public Duration restAfter(long adviceBytes, Duration took) {
    long now = clock.nanos();
    pacer = pacer.after(adviceBytes, took, Duration.ofNanos(now - calledAtNanos));
    calledAtNanos = now;
    Duration rest = pacer.restAfter(took);
    int slow = Pacer.isSlow(adviceBytes, took) ? 1 : 0;
    totals =
        new Totals(totals.inside().plus(took), totals.slowCalls() + slow, totals.rest().plus(rest));
    return rest;
  }

  Totals totals() {
    return totals;
  }
}
