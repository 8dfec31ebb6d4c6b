package io.fadvised.control;

import io.fadvised.config.InvalidSettingsException;
import io.fadvised.engine.Clock;
import io.fadvised.engine.DeviceTotals;
import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineLoop;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.engine.Figures;
import io.fadvised.engine.MessageIds;
import io.fadvised.linux.Journal;
import io.fadvised.policy.Bytes;
import io.fadvised.status.DeviceStatus;
import io.fadvised.status.HostStatus;
import io.fadvised.status.Instance;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executes an operator's orders. Each method returns at once; sweeps, pauses and their results come
 * from the engine's thread. Every order but {@link #status} is logged with the user who gave it.
 */
public final class Orders {
  private static final Logger log = LoggerFactory.getLogger(Orders.class);

  /** The time that a caller waits for an answer before it reports {@link #late}. */
  public static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Engine engine;
  private final EngineLoop loop;
  private final Figures figures;
  private final Clock clock;
  private final Instance instance;
  private final Reload reload;
  private final Function<EngineSnapshot, Iterator<String>> metrics;
  private final @Nullable Journal journal;
  private final Executor reloads = onOneThread("fadvised-reload");

  /**
   * @param metrics returns the metrics of a snapshot in parts, each made when it is asked for
   * @param journal null if lines go elsewhere
   */
  public Orders(
      Engine engine,
      EngineLoop loop,
      Clock clock,
      Instance instance,
      Reload reload,
      Function<EngineSnapshot, Iterator<String>> metrics,
      @Nullable Journal journal) {
    this.engine = engine;
    this.loop = loop;
    figures = new Figures(engine, loop);
    this.clock = clock;
    this.instance = instance;
    this.reload = reload;
    this.metrics = metrics;
    this.journal = journal;
  }

  /** Executes a request of the {@link ControlSocket}. */
  CompletableFuture<Reply> handle(Request request, String user) {
    return switch (request.command()) {
      case "status" -> status().thenApply(this::reply);
      case "metrics" -> status().thenApply(this::metrics);
      case "sweep" -> sweep(user, request.devices()).thenApply(this::reply);
      case "pause" -> pause(user).thenApply(this::reply);
      case "resume" -> resume(user).thenApply(this::reply);
      case "reload" -> reload(user).thenApply(this::reply);
      case "version" -> CompletableFuture.completedFuture(reply(Answer.done(instance.version())));
      default ->
          CompletableFuture.completedFuture(
              reply(Answer.unknown("unknown command \"" + request.command() + "\"")));
    };
  }

  private Reply reply(Answer answer) {
    return Reply.of(answer.of(instance));
  }

  private Reply reply(EngineSnapshot snapshot) {
    return Reply.of(
        Answer.done("").about(HostStatus.ofHost(snapshot)).of(instance),
        snapshot.devices().stream()
            .map(device -> DeviceStatus.of(device, snapshot.at()))
            .iterator());
  }

  private Reply metrics(EngineSnapshot snapshot) {
    return Reply.ofMetrics(Answer.done("").of(instance), metrics.apply(snapshot));
  }

  /** Measures what has changed, and returns the state of the host and all devices. */
  public CompletableFuture<EngineSnapshot> status() {
    return figures.now();
  }

  /**
   * Sweeps every device that is not excluded.
   *
   * @param user who ordered it, for the log
   */
  public CompletableFuture<Answer> sweep(String user) {
    return onEngine("sweep", user, this::sweepAll);
  }

  private CompletableFuture<Answer> sweep(String user, List<String> devices) {
    return devices.isEmpty()
        ? sweep(user)
        : onEngine("sweep", user, () -> sweepSome(new TreeSet<>(devices)));
  }

  /** Stops sweeps until {@link #resume}; the host's pressure is still measured. */
  public CompletableFuture<Answer> pause(String user) {
    return onEngine(
        "pause",
        user,
        () -> {
          engine.setPaused(true);
          engine.tick(); // updates the state before the answer
          return "paused: no sweeps until resume";
        });
  }

  /** Resumes sweeps. */
  public CompletableFuture<Answer> resume(String user) {
    return onEngine(
        "resume",
        user,
        () -> {
          engine.setPaused(false);
          engine.tick();
          return "resumed";
        });
  }

  /** Reads the configuration file again and applies it. */
  public CompletableFuture<Answer> reload(String user) {
    return CompletableFuture.supplyAsync(this::reloadNow, reloads)
        .thenApply(answer -> sent(user, answer) ? answer : logged("reload", user, answer));
  }

  /** Returns the answer to a caller whose order did not finish in time. */
  public static Answer late(String order, Duration timeout) {
    return Answer.failed(
        order + " did not finish within " + timeout.toSeconds() + " s and may still run");
  }

  private Answer reloadNow() {
    try {
      return Answer.done(reload.reload());
    } catch (InvalidSettingsException e) {
      return Answer.rejected(words(e));
    } catch (RuntimeException e) {
      return Answer.failed("reload failed: " + words(e));
    }
  }

  private String sweepAll() throws InterruptedException {
    checkNotPaused();
    DeviceTotals before = engine.snapshot().totals();
    long start = clock.nanos();
    engine.sweepAll();
    Duration elapsed = Duration.ofNanos(clock.nanos() - start);
    DeviceTotals after = engine.snapshot().totals();
    return sentence(
        after.sweeps() - before.sweeps(), after.releasedBytes() - before.releasedBytes(), elapsed);
  }

  /** Fails if a device was not swept, with the result of the others and the reason. */
  private String sweepSome(Set<String> names) throws InterruptedException {
    checkNotPaused();
    long start = clock.nanos();
    Engine.Swept swept = engine.sweep(names);
    Duration elapsed = Duration.ofNanos(clock.nanos() - start);
    String result = sentence(swept.devices(), swept.releasedBytes(), elapsed);
    if (swept.left().isEmpty()) {
      return result;
    }
    String left =
        swept.left().entrySet().stream()
            .map(device -> device.getKey() + ": " + device.getValue())
            .collect(Collectors.joining("; "));
    throw new IllegalStateException(swept.devices() == 0 ? left : left + "; " + result);
  }

  private void checkNotPaused() {
    if (engine.snapshot().paused()) {
      throw new IllegalStateException("sweeps are paused; resume first");
    }
  }

  /** Describes the result of a sweep. */
  private String sentence(long devices, long releasedBytes, Duration elapsed) {
    return "swept "
        + (devices == 1 ? "1 device" : devices + " devices")
        + " in "
        + elapsed.toMillis()
        + " ms, released "
        + Bytes.text(releasedBytes)
        + (engine.snapshot().dryRun() ? " (dry run)" : "");
  }

  private CompletableFuture<Answer> onEngine(String order, String user, Callable<String> work) {
    return loop.submit(() -> interruptible(work))
        .handle(
            (done, failure) ->
                failure == null
                    ? Answer.done(done)
                    : Answer.failed(order + " failed: " + words(failure)))
        .thenApply(answer -> logged(order, user, answer));
  }

  /** Keeps the thread interrupted, since a stop of the engine interrupts it. */
  static String interruptible(Callable<String> work) throws Exception {
    try {
      return work.call();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the engine is stopping");
    }
  }

  /** Returns whether the journal took the result of a reload. */
  private boolean sent(String user, Answer answer) {
    if (journal == null || !log.isWarnEnabled()) {
      return false;
    }
    Map<String, String> fields = Map.of("ORDERED_BY", user);
    return switch (answer.code()) {
      case Answer.DONE ->
          log.isInfoEnabled()
              && journal.info(
                  MessageIds.RELOADED,
                  "reload, ordered by " + user + ": " + answer.words(),
                  fields);
      case Answer.REJECTED ->
          journal.warn(MessageIds.RELOAD_REJECTED, rejection("reload", user), fields);
      default -> false;
    };
  }

  private static String rejection(String order, String user) {
    return order
        + ", ordered by "
        + user
        + ": new configuration rejected, keeping the settings in force";
  }

  private static Answer logged(String order, String user, Answer answer) {
    switch (answer.code()) {
      case Answer.DONE -> log.info("{}, ordered by {}: {}", order, user, answer.words());
      case Answer.REJECTED -> log.warn("{}", rejection(order, user));
      default -> log.warn("{}, ordered by {}: {}", order, user, answer.words());
    }
    return answer;
  }

  static String words(@Nullable Throwable problem) {
    if (problem instanceof CompletionException && problem.getCause() != null) {
      return words(problem.getCause());
    }
    String message = problem == null ? null : problem.getMessage();
    return message == null || message.isBlank() ? String.valueOf(problem) : message;
  }

  /** The thread exists only while there is work. */
  private static Executor onOneThread(String name) {
    return new ThreadPoolExecutor(
        0,
        1,
        0,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        work -> {
          Thread thread = new Thread(work, name);
          thread.setDaemon(true);
          return thread;
        });
  }
}
