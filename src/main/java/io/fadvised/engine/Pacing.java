package io.fadvised.engine;

import io.fadvised.pagecache.Evictor;
import io.fadvised.policy.Pacer;
import java.time.Duration;

/** The pace of all advice on this host, kept from one eviction to the next. */
public final class Pacing implements Evictor.Pace {
  /**
   * Totals since the start.
   *
   * @param inside time inside the calls
   * @param slowCalls number of calls slower than their limit, see {@link Pacer#isSlow}
   * @param rest sum of the rests prescribed between calls
   */
  public record Totals(Duration inside, long slowCalls, Duration rest) {
    public static final Totals ZERO = new Totals(Duration.ZERO, 0, Duration.ZERO);
  }

  private final Clock clock;
  private final int pageBytes;
  private Pacer pacer;
  private Totals totals = Totals.ZERO;
  private long calledAtNanos;

  public Pacing(Host host) {
    clock = host.clock();
    pageBytes = host.kernel().pageBytes();
    pacer = Pacer.of(host.kernel().onlineProcessors());
    calledAtNanos = clock.nanos();
  }

  /** Continues at the pace and with the totals of an earlier one. */
  Pacing(Pacing earlier) {
    clock = earlier.clock;
    pageBytes = earlier.pageBytes;
    pacer = earlier.pacer;
    totals = earlier.totals;
    calledAtNanos = earlier.calledAtNanos;
  }

  @Override
  public Duration restAfter(long adviceBytes, Duration took) {
    long now = clock.nanos();
    long pages = adviceBytes / pageBytes;
    pacer = pacer.after(pages, took, Duration.ofNanos(now - calledAtNanos));
    calledAtNanos = now;
    Duration rest = pacer.restAfter(took);
    int slow = Pacer.isSlow(pages, took) ? 1 : 0;
    totals =
        new Totals(totals.inside().plus(took), totals.slowCalls() + slow, totals.rest().plus(rest));
    return rest;
  }

  Totals totals() {
    return totals;
  }
}
