package io.fadvised.metrics;

import io.fadvised.control.Answer;
import io.fadvised.control.Orders;
import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.json.JsonText;
import io.fadvised.loop.LoopMountPoints;
import io.fadvised.status.DeviceStatus;
import io.fadvised.status.HostStatus;
import io.fadvised.status.Instance;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Gives the {@link Orders} of a JMX client and waits for their answers. A failure is an {@link
 * IllegalStateException} or {@link IllegalArgumentException} with a message and without a cause,
 * since the client has only the JDK's classes.
 */
public final class Control implements ControlMXBean {
  private static final String USER = "JMX";

  private final Engine engine;
  private final Orders orders;
  private final Instance instance;
  private final Supplier<List<String>> settings;
  private final LoopMountPoints mounts;
  private final Duration timeout;

  /**
   * Creates the control of one engine.
   *
   * @param settings returns the settings in force with their origins, one line each
   * @param mounts names the volumes of containers
   */
  public Control(
      Engine engine,
      Orders orders,
      Instance instance,
      Supplier<List<String>> settings,
      LoopMountPoints mounts) {
    this(engine, orders, instance, settings, mounts, Orders.TIMEOUT);
  }

  Control(
      Engine engine,
      Orders orders,
      Instance instance,
      Supplier<List<String>> settings,
      LoopMountPoints mounts,
      Duration timeout) {
    this.engine = engine;
    this.orders = orders;
    this.instance = instance;
    this.settings = settings;
    this.mounts = mounts;
    this.timeout = timeout;
  }

  @Override
  public String getVersion() {
    return instance.version();
  }

  @Override
  public long getPid() {
    return instance.pid();
  }

  @Override
  public String getStartedAt() {
    return instance.startedAt();
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
    return instance.configFile().orElse("");
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
    HostStatus host = HostStatus.of(await("status", orders.status())).withVolumes(mounts);
    return JsonText.compact(host.with(Optional.of(instance), host.devices()));
  }

  @Override
  public String sweepNow() {
    return words("sweep", orders.sweep(USER));
  }

  @Override
  public String pause() {
    return words("pause", orders.pause(USER));
  }

  @Override
  public String resume() {
    return words("resume", orders.resume(USER));
  }

  @Override
  public String reload() {
    return words("reload", orders.reload(USER));
  }

  private String words(String order, CompletableFuture<Answer> answer) {
    return words(await(order, answer));
  }

  private static String words(Answer answer) {
    return switch (answer.code()) {
      case Answer.DONE -> answer.words();
      case Answer.REJECTED -> throw new IllegalArgumentException(answer.words());
      default -> throw new IllegalStateException(answer.words());
    };
  }

  private <T> T await(String order, CompletableFuture<T> result) {
    try {
      return result.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(order + " failed: " + e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException(Orders.late(order, timeout).words());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(order + " was interrupted and may still run");
    }
  }
}
