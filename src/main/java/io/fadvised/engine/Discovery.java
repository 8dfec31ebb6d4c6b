package io.fadvised.engine;

import io.fadvised.config.Settings;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Decides when sysfs is read: only the devices that events name, or all devices at the start, after
 * events were lost, and every 30 s. Both are limited to a small part of the time, even if hundreds
 * of devices are attached and detached in a second. Requests may come from any thread.
 */
final class Discovery {
  /** Between two scans without a request: events get lost, and none reports renames. */
  private static final Duration SCAN_INTERVAL = Duration.ofSeconds(30);

  /**
   * The interval is longer if scans took more than a 400th of the time. One of 10,000 devices takes
   * 0.2 s.
   */
  private static final int ROUTINE_REST_FACTOR = 399;

  /** Events within this time are served by one read of sysfs. */
  private static final Duration MIN_INTERVAL = Duration.ofMillis(250);

  /** Devices are found within this time, however long a tick takes. */
  private static final Duration MAX_INTERVAL = Duration.ofMillis(500);

  /** A scan takes at most a twentieth of the time. */
  private static final int SCAN_REST_FACTOR = 19;

  /** Ticks for events take at most a fortieth of the time: 14 ms each with 1,000 devices (6.18). */
  private static final int EVENT_REST_FACTOR = 39;

  private final DeviceRegistry registry;
  private final Set<String> changed = ConcurrentHashMap.newKeySet();
  private volatile boolean scanWanted = true;
  private volatile long nextReadNanos;
  private long nextScanNanos;
  private long nextRoutineNanos;
  private boolean didRead;

  Discovery(DeviceRegistry registry, long nowNanos) {
    this.registry = registry;
    nextReadNanos = nowNanos;
    nextScanNanos = nowNanos;
    nextRoutineNanos = nowNanos + SCAN_INTERVAL.toNanos();
  }

  /**
   * Requests a scan. Safe for any thread.
   *
   * @return whether none was requested before
   */
  boolean requestScan() {
    boolean isNews = !scanWanted;
    scanWanted = true;
    return isNews;
  }

  /**
   * Requests that some devices are read again. Safe for any thread.
   *
   * @return whether the next tick should come at once; otherwise it comes soon enough
   */
  boolean requestRead(Collection<String> names, long nowNanos) {
    boolean isNews = changed.isEmpty() && nowNanos - nextReadNanos >= 0;
    changed.addAll(names);
    return isNews;
  }

  /** Scans or reads if that is due. */
  void run(Settings settings, Clock clock) {
    long now = clock.nanos();
    didRead = false;
    if (now - nextRoutineNanos >= 0 || (scanWanted && now - nextScanNanos >= 0)) {
      scanWanted = false;
      changed.clear();
      registry.scan(settings, now);
      long spent = clock.nanos() - now;
      nextScanNanos = now + interval(spent, SCAN_REST_FACTOR, SCAN_INTERVAL);
      nextRoutineNanos = now + Math.max(SCAN_INTERVAL.toNanos(), ROUTINE_REST_FACTOR * spent);
    } else if (!changed.isEmpty() && now - nextReadNanos >= 0) {
      Set<String> names = Set.copyOf(changed);
      changed.removeAll(names);
      registry.read(names, settings, now);
      didRead = true;
    }
  }

  /**
   * Sets the time of the next tick for events.
   *
   * @param tickNanos how long the tick took, apart from sweeps
   */
  void ticked(long tickNanos, long nowNanos) {
    if (didRead) {
      nextReadNanos = nowNanos + interval(tickNanos, EVENT_REST_FACTOR, MAX_INTERVAL);
    }
  }

  private static long interval(long spentNanos, int restFactor, Duration max) {
    return Math.min(
        max.toNanos(),
        Math.max(MIN_INTERVAL.toNanos(), Math.multiplyExact(restFactor, spentNanos)));
  }

  /** Returns the time until a scan or a read is due; at most the given time. */
  Duration untilNext(Duration max, long nowNanos) {
    long next = max.toNanos();
    if (scanWanted) {
      next = Math.min(next, nextScanNanos - nowNanos);
    }
    long untilRead = nextReadNanos - nowNanos;
    if (untilRead > 0 || !changed.isEmpty()) { // events before then wake nobody
      next = Math.min(next, untilRead);
    }
    return Duration.ofNanos(Math.max(0, next));
  }
}
