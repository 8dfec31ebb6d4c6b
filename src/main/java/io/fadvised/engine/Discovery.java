package io.fadvised.engine;

import io.fadvised.config.Settings;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Decides when sysfs is read: only the devices that events name, or all of them at the start, after
 * events were lost, and every half minute. While hundreds of devices come and go in a second, both
 * keep to a small share of the time. Requests may come from any thread.
 */
final class Discovery {
  /**
   * From one scan to the next if nobody asks for one: events get lost, and none reports renames.
   */
  private static final Duration SCAN_INTERVAL = Duration.ofSeconds(30);

  /** One look at sysfs serves all devices that come and go within this time. */
  private static final Duration MIN_INTERVAL = Duration.ofMillis(250);

  /** Devices are found within this time, whatever a tick costs. */
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
  private long scannedAtNanos;
  private boolean didRead;

  Discovery(DeviceRegistry registry, long nowNanos) {
    this.registry = registry;
    nextReadNanos = nowNanos;
    nextScanNanos = nowNanos;
    scannedAtNanos = nowNanos;
  }

  /**
   * Asks for a scan. Safe for any thread.
   *
   * @return whether nobody had asked yet
   */
  boolean requestScan() {
    boolean isNews = !scanWanted;
    scanWanted = true;
    return isNews;
  }

  /**
   * Asks for some devices to be read again. Safe for any thread.
   *
   * @return whether the next tick should come at once; otherwise it comes soon enough
   */
  boolean requestRead(Collection<String> names, long nowNanos) {
    boolean isNews = changed.isEmpty() && nowNanos - nextReadNanos >= 0;
    changed.addAll(names);
    return isNews;
  }

  /** Reads what is to be read now. */
  void run(Settings settings, Clock clock) {
    long now = clock.nanos();
    didRead = false;
    if (now - scannedAtNanos >= SCAN_INTERVAL.toNanos()
        || (scanWanted && now - nextScanNanos >= 0)) {
      scanWanted = false;
      changed.clear();
      registry.scan(settings, now);
      scannedAtNanos = now;
      nextScanNanos = now + interval(clock.nanos() - now, SCAN_REST_FACTOR, SCAN_INTERVAL);
    } else if (!changed.isEmpty() && now - nextReadNanos >= 0) {
      Set<String> names = Set.copyOf(changed);
      changed.removeAll(names);
      registry.read(names, settings, now);
      didRead = true;
    }
  }

  /**
   * Paces the ticks that events ask for.
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

  /** Time until something is to be read; at most the given time. */
  Duration untilNext(Duration most, long nowNanos) {
    long next = most.toNanos();
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
