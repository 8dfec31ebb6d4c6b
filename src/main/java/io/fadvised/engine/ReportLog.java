package io.fadvised.engine;

import io.fadvised.pagecache.Eviction;
import io.fadvised.policy.Bytes;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs one line for each device that is attached, is detached or changes state, up to {@value
 * #MAX_LINES} a minute, then a sum. Evictions are summed up once a minute; single sweeps are logged
 * at debug.
 */
public final class ReportLog implements EngineListener {
  private static final Logger log = LoggerFactory.getLogger(ReportLog.class);
  private static final Duration SUMMARY_INTERVAL = Duration.ofMinutes(1);
  private static final int SUMMARIES_AN_HOUR = 60;

  /** journald drops lines beyond 10,000 in 30 s; an operator reads fewer. */
  private static final int MAX_LINES = 60;

  private final Set<String> devicesLogged = new HashSet<>();
  private final Set<String> devicesExcluded = new HashSet<>();
  private final Set<String> devicesHung = new HashSet<>();
  private final Set<String> devicesEvicted = new HashSet<>();
  private final Set<String> problemsLogged = new HashSet<>();
  private @Nullable Instant summedUpAt;
  private int summaries;
  private int lines;
  private int linesLeftOut;
  private int found;
  private int gone;
  private long releasedBytes;
  private int evictions;

  @Override
  public void appeared(DeviceReport device) {
    String name = device.device().name();
    if (device.state() == DeviceState.EXCLUDED) {
      devicesExcluded.add(name);
      log.debug("{}: {}", name, device.reason().words());
      return;
    }
    devicesLogged.add(name);
    found++;
    if (mayLog()) {
      log.info(
          "{}: found, backed by {}{}",
          name,
          device.device().backingPath().text(),
          device.device().hasDirectIo() ? ", direct I/O is on" : "");
    }
  }

  @Override
  public void disappeared(String device) {
    devicesHung.remove(device);
    devicesExcluded.remove(device);
    if (devicesLogged.remove(device)) {
      gone++;
      if (mayLog()) {
        log.info("{}: gone", device);
      }
    }
  }

  @Override
  public void changed(DeviceReport device) {
    String name = device.device().name();
    boolean isExcluded = device.state() == DeviceState.EXCLUDED;
    if (isExcluded ? devicesExcluded.add(name) : devicesExcluded.remove(name)) {
      devicesLogged.add(name);
      if (mayLog()) {
        log.info(
            "{}: {}, backed by {}",
            name,
            isExcluded ? device.reason().words() : "no longer excluded",
            device.device().backingPath());
      }
      return;
    }
    boolean isBack = device.state() != DeviceState.QUARANTINED && devicesHung.remove(name);
    switch (device.state()) {
      case UNREACHABLE, DELETED, QUARANTINED, FAILED -> warn(device);
      case PAUSED, SHARED, DIRECT, BLOCK_DEVICE, IN_MEMORY -> info(device);
      default -> log.debug("{}: {}: {}", name, device.state().label(), device.reason().words());
    }
    if (device.state() == DeviceState.QUARANTINED) {
      devicesHung.add(name);
    }
    if (isBack && mayLog()) {
      log.info("{}: responding again", name);
    }
  }

  private void warn(DeviceReport device) {
    if (mayLog()) {
      log.warn(
          "{}: {}: {}", device.device().name(), device.state().label(), device.reason().words());
    }
  }

  private void info(DeviceReport device) {
    if (mayLog()) {
      log.info(
          "{}: {}: {}", device.device().name(), device.state().label(), device.reason().words());
    }
  }

  @Override
  public void directIo(DeviceReport device) {
    if (!device.directIo().isEmpty() && mayLog()) {
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
    if (problemsLogged.add(message)) { // once an hour, not at every tick
      log.warn("{}", message);
    }
  }

  @Override
  public void ticked(EngineSnapshot snapshot) {
    if (summedUpAt == null) {
      summedUpAt = snapshot.at();
    }
    Duration past = Duration.between(summedUpAt, snapshot.at()).abs(); // clocks may be set back
    if (past.compareTo(SUMMARY_INTERVAL) < 0) {
      return;
    }
    if (evictions > 0) {
      log.info(
          "released {} in {} evictions from {} devices in the last minute; pressure {} ({}), {}"
              + " resident, budget {}",
          Bytes.text(releasedBytes),
          evictions,
          devicesEvicted.size(),
          String.format(Locale.ROOT, "%.2f", snapshot.pressure().level()),
          snapshot.pressure().words(),
          Bytes.text(snapshot.residentBytes()),
          Bytes.text(snapshot.budgetBytes()));
    }
    if (linesLeftOut > 0) {
      log.info(
          "{} lines about devices left out in the last minute: {} devices found, {} gone",
          linesLeftOut,
          found,
          gone);
    }
    startSummary(snapshot.at());
  }

  private boolean mayLog() {
    if (lines < MAX_LINES) {
      lines++;
      return true;
    }
    linesLeftOut++;
    return false;
  }

  private void count(SweepReport sweep, long released) {
    releasedBytes += released;
    evictions++;
    devicesEvicted.add(sweep.device());
  }

  private void startSummary(Instant at) {
    if (++summaries % SUMMARIES_AN_HOUR == 0) {
      problemsLogged.clear();
    }
    summedUpAt = at;
    lines = 0;
    linesLeftOut = 0;
    found = 0;
    gone = 0;
    releasedBytes = 0;
    evictions = 0;
    devicesEvicted.clear();
  }
}
