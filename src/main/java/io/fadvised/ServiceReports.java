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
 * Tells the service manager that the engine is ready after its first tick, and alive from then on:
 * the watchdog is fed by ticks, so an engine that hangs is restarted. Who cannot be told finds a
 * {@link HeartbeatFile}.
 */
final class ServiceReports implements EngineListener {
  private static final Logger log = LoggerFactory.getLogger(ServiceReports.class);

  /** A few times within any sensible WatchdogSec, but not at every tick. */
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private final ServiceNotifier notifier;
  private final HeartbeatFile heartbeat;
  private @Nullable Instant toldAt;
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
    if (toldAt == null) {
      tell("READY=1", snapshot);
    } else if (Duration.between(toldAt, snapshot.at()).abs().compareTo(INTERVAL) >= 0) {
      tell("WATCHDOG=1", snapshot);
    }
  }

  /** A service that was stopped may be started again. */
  void starting() {
    stopping = false;
  }

  void stopping() {
    stopping = true;
    if (notifier.isPresent()) {
      send("STOPPING=1");
    }
  }

  private void tell(String state, EngineSnapshot snapshot) {
    boolean isSeen = heartbeat.touch(snapshot.at());
    boolean isTold = notifier.isPresent() && send(state + "\n" + status(snapshot));
    if (isTold || (isSeen && !notifier.isPresent())) {
      toldAt = snapshot.at();
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
            Bytes.text(snapshot.toleratedBytes()),
            Bytes.text(snapshot.totals().releasedBytes()),
            snapshot.paused() ? ", paused" : "");
  }

  /** What is resident of them is not known, and not among what is told. */
  private static boolean isOutOfReach(DeviceReport device) {
    return switch (device.state()) {
      case UNREACHABLE, QUARANTINED, FAILED -> true;
      default -> false;
    };
  }
}
