package io.fadvised.engine;

import io.fadvised.linux.Journal;
import io.fadvised.loop.Printable;
import io.fadvised.pagecache.Eviction;
import io.fadvised.policy.Bytes;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs one line for each device that is attached, is detached or changes state, up to {@value
 * #MAX_LINES} a minute, then a sum. Evictions are summed up once a minute; single sweeps are logged
 * at debug. In the journal, entries that an operator may act on have fields and a message ID.
 */
public final class ReportLog implements EngineListener {
  private static final Logger log = LoggerFactory.getLogger(ReportLog.class);
  private static final Duration SUMMARY_INTERVAL = Duration.ofMinutes(1);
  private static final int SUMMARIES_AN_HOUR = 60;

  /** journald drops lines beyond 10,000 in 30 s; an operator reads fewer. */
  private static final int MAX_LINES = 60;

  /** The level of the alert FadvisedOverBudget. */
  private static final double MIN_PRESSURE = 0.5;

  private final @Nullable Journal journal;
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
  private @Nullable Instant pressureBeganAt;
  private @Nullable Instant pressureSeenAt;

  /**
   * @param journal null if lines go elsewhere
   */
  public ReportLog(@Nullable Journal journal) {
    this.journal = journal;
  }

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
      info(
          MessageIds.DEVICE_FOUND,
          String.join(
              "",
              name,
              ": found, backed by ",
              device.device().backingPath().text(),
              device.device().hasDirectIo() ? ", direct I/O is on" : ""),
          fields(device));
    }
  }

  @Override
  public void disappeared(String device) {
    devicesHung.remove(device);
    devicesExcluded.remove(device);
    if (devicesLogged.remove(device)) {
      gone++;
      if (mayLog()) {
        info(MessageIds.DEVICE_GONE, device.concat(": gone"), Map.of("DEVICE", device));
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
      case PAUSED -> info(MessageIds.EVICTION_PAUSED, device);
      case DIRECT -> info(MessageIds.DIRECT_IO, device);
      case SHARED, BLOCK_DEVICE, IN_MEMORY -> {
        if (mayLog()) {
          log.info("{}", words(device));
        }
      }
      default -> log.debug("{}: {}: {}", name, device.state().label(), device.reason().words());
    }
    if (device.state() == DeviceState.QUARANTINED) {
      devicesHung.add(name);
    }
    if (isBack && mayLog()) {
      info(MessageIds.DEVICE_RESPONDS, name.concat(": responding again"), fields(device));
    }
  }

  private void warn(DeviceReport device) {
    String words = words(device);
    if (mayLog() && !(log.isWarnEnabled() && sent(device, words))) {
      log.warn("{}", words);
    }
  }

  private boolean sent(DeviceReport device, String words) {
    return journal != null
        && journal.warn(MessageIds.DEVICE_OUT_OF_REACH, Printable.of(words), fields(device));
  }

  private void info(String messageId, DeviceReport device) {
    if (mayLog()) {
      info(messageId, words(device), fields(device));
    }
  }

  private void info(String messageId, String message, Map<String, String> fields) {
    boolean sent =
        journal != null
            && log.isInfoEnabled()
            && journal.info(messageId, Printable.of(message), fields);
    if (!sent) {
      log.info("{}", message);
    }
  }

  private static String words(DeviceReport device) {
    return String.join(
        ": ", device.device().name(), device.state().label(), device.reason().words());
  }

  private static Map<String, String> fields(DeviceReport device) {
    return Map.of(
        "DEVICE", device.device().name(),
        "BACKING_FILE", device.device().backingPath().text(),
        "STATE", device.state().label(),
        "REASON", device.reason().code().label(),
        "RELEASED_BYTES", Long.toString(device.totals().releasedBytes()),
        "RETURNED_BYTES", Long.toString(device.totals().returnedBytes()));
  }

  @Override
  public void directIo(DeviceReport device) {
    if (!device.directIo().isEmpty() && mayLog()) {
      info(
          MessageIds.DIRECT_IO,
          String.join(": ", device.device().name(), device.directIo()),
          fields(device));
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
    logPressure(snapshot);
    if (summedUpAt == null) {
      summedUpAt = snapshot.at();
    }
    Duration past = Duration.between(summedUpAt, snapshot.at()).abs(); // clocks may be set back
    if (past.compareTo(SUMMARY_INTERVAL) < 0) {
      return;
    }
    if (evictions > 0) {
      info(
          MessageIds.EVICTED,
          String.format(
              Locale.ROOT,
              "released %s in %d evictions from %d devices in the last minute; pressure %.2f (%s),"
                  + " %s resident, budget %s",
              Bytes.text(releasedBytes),
              evictions,
              devicesEvicted.size(),
              snapshot.pressure().level(),
              snapshot.pressure().words(),
              Bytes.text(snapshot.residentBytes()),
              Bytes.text(snapshot.budgetBytes())),
          fields(snapshot));
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

  /** Logs the beginning of a shortage at once, and its end after a minute without. */
  private void logPressure(EngineSnapshot snapshot) {
    if (snapshot.pressure().level() >= MIN_PRESSURE) {
      pressureSeenAt = snapshot.at();
      if (pressureBeganAt == null) {
        pressureBeganAt = snapshot.at();
        info(
            MessageIds.PRESSURE_BEGAN,
            String.format(
                Locale.ROOT,
                "memory is short: pressure %.2f (%s), budget %s",
                snapshot.pressure().level(),
                snapshot.pressure().words(),
                Bytes.text(snapshot.budgetBytes())),
            fields(snapshot));
      }
      return;
    }
    if (pressureBeganAt == null || pressureSeenAt == null) {
      return;
    }
    Duration without = Duration.between(pressureSeenAt, snapshot.at()).abs();
    if (without.compareTo(SUMMARY_INTERVAL) >= 0) {
      Duration length = Duration.between(pressureBeganAt, pressureSeenAt).abs();
      info(
          MessageIds.PRESSURE_ENDED,
          String.format(Locale.ROOT, "memory is no longer short, after %d s", length.toSeconds()),
          fields(snapshot));
      pressureBeganAt = null;
    }
  }

  private Map<String, String> fields(EngineSnapshot snapshot) {
    return Map.of(
        "PRESSURE", String.format(Locale.ROOT, "%.2f", snapshot.pressure().level()),
        "PRESSURE_REASON", snapshot.pressure().words(),
        "BUDGET_BYTES", Long.toString(snapshot.budgetBytes()),
        "RESIDENT_BYTES", Long.toString(snapshot.residentBytes()),
        "RELEASED_BYTES", Long.toString(releasedBytes),
        "EVICTIONS", Integer.toString(evictions));
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
