package io.fadvised.engine;

import io.fadvised.pagecache.Look;
import io.fadvised.policy.WorkBudget;
import java.time.Duration;
import java.util.Collection;

/**
 * Deals out the time for measuring where that takes some: by mincore. Every device that needs it
 * earns the same, at most its share of what all may spend together, and saves up to what one may
 * spend in a second; so does the host. What counts is the time inside the calls, by the clock.
 */
public final class MeasuringTime {
  /** A look that is shorter tells next to nothing: 500 samples of a file. */
  private static final Duration SHORTEST_LOOK = Duration.ofMillis(1);

  /**
   * What it came to.
   *
   * @param perSecond what all devices together may spend in a second
   * @param spent since the start
   */
  public record Totals(Duration perSecond, Duration spent) {
    public static final Totals ZERO = new Totals(Duration.ZERO, Duration.ZERO);
  }

  private final Clock clock;
  private final TimeAccount host;
  private final Measuring settings;
  private Duration perSecond;
  private Duration spent = Duration.ZERO;

  MeasuringTime(Clock clock, Measuring settings) {
    this.clock = clock;
    this.settings = settings;
    perSecond = settings.perDevice();
    host = new TimeAccount(clock.nanos());
  }

  /** Those of them that have I/O, and take time, share it. */
  void shareAmong(Collection<ManagedDevice> devices) {
    int sharing = 0;
    for (ManagedDevice device : devices) {
      if (device.needsMeasuringTime() && !device.isIdle()) {
        sharing++;
      }
    }
    perSecond = WorkBudget.perSecond(settings.perDevice(), settings.perHost(), sharing);
  }

  /** How long a device has to wait until there is time for a look at it; an order never waits. */
  Duration untilLook(ManagedDevice device) {
    if (!device.needsMeasuringTime() || (device.isWanted() && device.isMeasured())) {
      return Duration.ZERO;
    }
    left(device);
    Duration own =
        device.hasBeenSwept()
            ? device.measuringTime().until(SHORTEST_LOOK, perSecond)
            : Duration.ZERO; // it may well need no time at all
    host.left(clock.nanos(), settings.perHost(), settings.perHost());
    Duration all = host.until(SHORTEST_LOOK, settings.perHost());
    return own.compareTo(all) > 0 ? own : all;
  }

  /** A look at a device that is going to be swept, short if there is little time left. */
  Look begin(ManagedDevice device) {
    Duration own = left(device);
    Duration all = host.left(clock.nanos(), settings.perHost(), settings.perHost());
    Duration time = device.needsMeasuringTime() && all.compareTo(own) < 0 ? all : own;
    return new Look(
        clock::nanos,
        time.compareTo(SHORTEST_LOOK) < 0 ? SHORTEST_LOOK : time,
        device.lookMemory(),
        device.mostAddedBytes());
  }

  /** What a look has taken is paid for. */
  void end(ManagedDevice device, Look look) {
    device.payForMeasuring(look.spent(), settings.perDevice());
    host.spend(look.spent(), settings.perHost());
    spent = spent.plus(look.spent());
  }

  Totals totals() {
    return new Totals(settings.perHost(), spent);
  }

  private Duration left(ManagedDevice device) {
    return device.measuringTime().left(clock.nanos(), perSecond, settings.perDevice());
  }
}
