package io.fadvised.metrics;

import io.fadvised.config.InvalidSettingsException;
import io.fadvised.engine.Clock;
import io.fadvised.engine.DeviceTotals;
import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineLoop;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.policy.Bytes;
import io.fadvised.status.DeviceStatus;
import io.fadvised.status.HostStatus;
import io.fadvised.status.StatusJson;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs an operator's commands on the engine's thread. A failure is an {@link IllegalStateException}
 * or {@link IllegalArgumentException} with a message and without a cause, since a JMX client has
 * only the JDK's classes.
 */
public final class Control implements ControlMXBean {
  private static final Logger log = LoggerFactory.getLogger(Control.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Engine engine;
  private final EngineLoop loop;
  private final Clock clock;
  private final Instance instance;
  private final Supplier<List<String>> settings;
  private final Reload reload;
  private final Duration timeout;

  /**
   * Creates the control of one engine.
   *
   * @param settings returns the settings in force with their origins, one line each
   */
  public Control(
      Engine engine,
      EngineLoop loop,
      Clock clock,
      Instance instance,
      Supplier<List<String>> settings,
      Reload reload) {
    this(engine, loop, clock, instance, settings, reload, TIMEOUT);
  }

  Control(
      Engine engine,
      EngineLoop loop,
      Clock clock,
      Instance instance,
      Supplier<List<String>> settings,
      Reload reload,
      Duration timeout) {
    this.engine = engine;
    this.loop = loop;
    this.clock = clock;
    this.instance = instance;
    this.settings = settings;
    this.reload = reload;
    this.timeout = timeout;
  }

  @Override
  public String getVersion() {
    return instance.version();
  }

  @Override
  public long getPid() {
    return ProcessHandle.current().pid();
  }

  @Override
  public String getStartedAt() {
    return instance.startedAt().toString();
  }

  @Override
  public String getState() {
    return engine.snapshot().paused() ? "paused" : "running";
  }

  @Override
  public boolean isDryRun() {
    return engine.snapshot().dryRun();
  }

  @Override
  public String getConfigFile() {
    return instance.configFile().map(Object::toString).orElse("");
  }

  @Override
  public String[] getSettings() {
    return settings.get().toArray(String[]::new);
  }

  @Override
  public String[] getDevices() {
    EngineSnapshot snapshot = engine.snapshot();
    return snapshot.devices().stream()
        .map(report -> DeviceStatus.of(report, snapshot.at()))
        .map(device -> device.device() + ": " + device.state() + ", " + device.reason())
        .toArray(String[]::new);
  }

  @Override
  public String status() {
    return StatusJson.compact(HostStatus.of(engine.snapshot()));
  }

  @Override
  public String sweepNow() {
    return submit("sweep", this::sweepAll);
  }

  @Override
  public String pause() {
    return submit(
        "pause",
        () -> {
          engine.setPaused(true);
          engine.tick(); // updates the state before this returns
          return "paused: no sweeps until resume";
        });
  }

  @Override
  public String resume() {
    return submit(
        "resume",
        () -> {
          engine.setPaused(false);
          engine.tick();
          return "resumed";
        });
  }

  @Override
  public String reload() {
    try {
      String done = reload.reload();
      log.info("JMX: {}", done);
      return done;
    } catch (InvalidSettingsException e) {
      log.warn("JMX: new configuration rejected, keeping the settings in force");
      throw new IllegalArgumentException(e.getMessage());
    } catch (RuntimeException e) {
      throw new IllegalStateException("reload failed: " + words(e));
    }
  }

  private String sweepAll() throws InterruptedException {
    if (engine.snapshot().paused()) {
      throw new IllegalStateException("sweeps are paused; resume first");
    }
    DeviceTotals before = engine.snapshot().totals();
    long start = clock.nanos();
    engine.sweepAll();
    Duration elapsed = Duration.ofNanos(clock.nanos() - start);
    return sentence(before, engine.snapshot(), elapsed);
  }

  /** Describes the result of a sweep of all devices. */
  static String sentence(DeviceTotals before, EngineSnapshot after, Duration elapsed) {
    long swept = after.totals().sweeps() - before.sweeps();
    return "swept "
        + (swept == 1 ? "1 device" : swept + " devices")
        + " in "
        + elapsed.toMillis()
        + " ms, released "
        + Bytes.text(after.totals().releasedBytes() - before.releasedBytes())
        + (after.dryRun() ? " (dry run)" : "");
  }

  private String submit(String name, Callable<String> command) {
    try {
      String done =
          loop.submit(() -> interruptible(command)).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      log.info("JMX: {}", done);
      return done;
    } catch (ExecutionException e) {
      throw new IllegalStateException(name + " failed: " + words(e.getCause()));
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          name + " did not finish within " + timeout.toSeconds() + " s and may still run");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(name + " was interrupted and may still run");
    }
  }

  /** Keeps the thread interrupted, since a stop of the engine interrupts it. */
  static String interruptible(Callable<String> command) throws Exception {
    try {
      return command.call();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the engine is stopping");
    }
  }

  private static String words(@Nullable Throwable problem) {
    String message = problem == null ? null : problem.getMessage();
    return message == null || message.isBlank() ? String.valueOf(problem) : message;
  }
}
