package io.fadvised.engine;

import io.fadvised.pagecache.Eviction;
import io.fadvised.policy.Bytes;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journal's view: devices that come, go or change state, one line each; evictions once a
 * minute, summed up; what it was good for once a day; every single sweep at debug.
 */
public final class ReportLog implements EngineListener {
  private static final Logger log = LoggerFactory.getLogger(ReportLog.class);
  private static final Duration SUMMARY_INTERVAL = Duration.ofMinutes(1);
  private static final int SUMMARIES_AN_HOUR = 60;

  private final Set<String> devicesTold = new HashSet<>();
  private final Set<String> devicesEvicted = new HashSet<>();
  private @Nullable Instant summedUpAt;
  private final Set<String> problemsTold = new HashSet<>();
  private @Nullable LocalDate day;
  private int summaries;
  private long releasedBytes;
  private int evictions;

  @Override
  public void appeared(DeviceReport device) {
    String name = device.device().name();
    if (device.state() == DeviceState.EXCLUDED) {
      log.debug("{}: left alone, {}", name, device.reason().words());
      return;
    }
    devicesTold.add(name);
    log.info(
        "{}: found, backed by {}{}",
        name,
        device.device().backingPath().text(),
        device.device().saysDirectIo() ? ", direct I/O is on" : "");
  }

  @Override
  public void disappeared(String device) {
    if (devicesTold.remove(device)) {
      log.info("{}: gone", device);
    }
  }

  @Override
  public void changed(DeviceReport device) {
    String name = device.device().name();
    String state = device.state().label();
    String why = device.reason().words();
    switch (device.state()) {
      case UNREACHABLE, DELETED, QUARANTINED, FAILED -> log.warn("{}: {}: {}", name, state, why);
      case STOOD_DOWN, SHARED, DIRECT, BLOCK_DEVICE, IN_MEMORY ->
          log.info("{}: {}: {}", name, state, why);
      default -> log.debug("{}: {}: {}", name, state, why);
    }
  }

  @Override
  public void directIo(DeviceReport device) {
    if (!device.directIo().isEmpty()) {
      log.info("{}: {}", device.device().name(), device.directIo());
    }
  }

  @Override
  public void swept(SweepReport sweep) {
    log.debug(
        "{}: swept in {} ms: {}",
        sweep.device(),
        sweep.elapsed().toMillis(),
        sweep.reason().words());
    sweep.eviction().map(Eviction::releasedBytes).ifPresent(bytes -> count(sweep, bytes));
  }

  @Override
  public void hostProblem(String message) {
    if (problemsTold.add(message)) { // once an hour, not at every tick
      log.warn("{}", message);
    }
  }

  @Override
  public void ticked(EngineSnapshot snapshot) {
    tellOfDay(snapshot.benefits());
    if (summedUpAt == null) {
      summedUpAt = snapshot.at();
    }
    Duration past = Duration.between(summedUpAt, snapshot.at()).abs(); // clocks are set back, too
    boolean due = past.compareTo(SUMMARY_INTERVAL) >= 0;
    if (due && evictions > 0) {
      log.info(
          "released {} in {} evictions from {} devices within a minute; pressure {} ({}), {} of {}"
              + " tolerated are resident",
          Bytes.text(releasedBytes),
          evictions,
          devicesEvicted.size(),
          String.format(Locale.ROOT, "%.2f", snapshot.pressure().level()),
          snapshot.pressure().words(),
          Bytes.text(snapshot.residentBytes()),
          Bytes.text(snapshot.toleratedBytes()));
    }
    if (due) {
      startSummary(snapshot.at());
    }
  }

  /** Once a day, and nothing of a day on which nothing was done. */
  private void tellOfDay(Benefits benefits) {
    if (day != null && !day.equals(benefits.day())) {
      LocalDate past = day;
      benefits
          .yesterday()
          .filter(done -> done.adviceCalls() > 0)
          .ifPresent(done -> tellOfDay(past, done));
    }
    day = benefits.day();
  }

  private static void tellOfDay(LocalDate past, Benefit done) {
    log.info(
        "on {} up to {} GiB hours of memory were given back: {} released, about {} of it read again; {}"
            + " calls took {} ms",
        past,
        String.format(Locale.ROOT, "%.1f", done.gibHours()),
        Bytes.text(done.releasedBytes()),
        Bytes.text(done.returnedBytes()),
        done.adviceCalls(),
        done.callTime().toMillis());
  }

  private void count(SweepReport sweep, long released) {
    releasedBytes += released;
    evictions++;
    devicesEvicted.add(sweep.device());
  }

  private void startSummary(Instant at) {
    if (++summaries % SUMMARIES_AN_HOUR == 0) {
      problemsTold.clear();
    }
    summedUpAt = at;
    releasedBytes = 0;
    evictions = 0;
    devicesEvicted.clear();
  }
}
