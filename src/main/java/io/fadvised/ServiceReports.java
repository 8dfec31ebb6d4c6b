package io.fadvised;

import io.fadvised.engine.DeviceReport;
import io.fadvised.engine.EngineListener;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.ServiceNotifier;
import io.fadvised.policy.Bytes;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notifies the service manager: ready after the engine's first tick, then alive. Only ticks feed
 * the watchdog, so systemd restarts a hung engine. Without a service manager the {@link
 * HeartbeatFile} serves the same purpose.
 */
final class ServiceReports implements EngineListener {
  private static final Logger log = LoggerFactory.getLogger(ServiceReports.class);

  /** Well below any sensible WatchdogSec. */
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private final ServiceNotifier notifier;
  private final HeartbeatFile heartbeat;
  private @Nullable Instant reportedAt;
  private volatile boolean stopping;

  ServiceReports(ServiceNotifier notifier, HeartbeatFile heartbeat) {
    this.notifier = notifier;
    this.heartbeat = heartbeat;
  }

  @Override
  public void ticked(EngineSnapshot snapshot) {
    if (stopping) {
      return;
    }
    if (reportedAt == null) {
      report("READY=1", snapshot);
    } else if (Duration.between(reportedAt, snapshot.at()).abs().compareTo(INTERVAL) >= 0) {
      report("WATCHDOG=1", snapshot);
    }
  }

  /** Undoes {@link #stopping}. */
  void starting() {
    stopping = false;
  }

  void stopping() {
    stopping = true;
    if (notifier.isPresent()) {
      send("STOPPING=1");
    }
  }

  private void report(String state, EngineSnapshot snapshot) {
    boolean touched = heartbeat.touch(snapshot.at());
    boolean notified = notifier.isPresent() && send(state + "\n" + status(snapshot));
    if (notified || (touched && !notifier.isPresent())) {
      reportedAt = snapshot.at();
    }
  }

  private boolean send(String state) {
    try {
      notifier.send(state);
      return true;
    } catch (KernelException e) {
      log.warn("sd_notify failed: {}", e.getMessage());
      return false;
    }
  }

  static String status(EngineSnapshot snapshot) {
    long unknown = snapshot.devices().stream().filter(ServiceReports::isOutOfReach).count();
    return "STATUS=%d loop devices%s, %s resident, budget %s, %s released%s"
        .formatted(
            snapshot.devices().size(),
            unknown == 0 ? "" : ", " + unknown + " unavailable",
            Bytes.text(snapshot.residentBytes()),
            Bytes.text(snapshot.budgetBytes()),
            Bytes.text(snapshot.totals().releasedBytes()),
            snapshot.paused() ? ", paused" : "");
  }

  /** Returns whether the device is missing from the resident bytes of the report. */
  private static boolean isOutOfReach(DeviceReport device) {
    return switch (device.state()) {
      case UNREACHABLE, QUARANTINED, FAILED -> true;
      default -> false;
    };
  }
}
