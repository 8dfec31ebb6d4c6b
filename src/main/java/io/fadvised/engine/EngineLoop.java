package io.fadvised.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's thread. Other threads submit commands and questions, which run between two ticks.
 * May be started again after a stop.
 */
public final class EngineLoop {
  private static final Logger log = LoggerFactory.getLogger(EngineLoop.class);

  /** The delay after a failed tick: long enough not to fill the journal. */
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

  /** A daemon without its engine would seem healthy, so it exits; systemd restarts it. */
  private static final int DEAD_ENGINE_STATUS = 1;

  private final Engine engine;
  private final BlockingQueue<Runnable> commands;
  private @Nullable Thread thread;

  public EngineLoop(Engine engine) {
    this(engine, new LinkedBlockingQueue<>());
  }

  /**
   * @param commands where the engine's thread waits between two ticks
   */
  EngineLoop(Engine engine, BlockingQueue<Runnable> commands) {
    this.engine = engine;
    this.commands = commands;
  }

  /**
   * A command with a caller that waits for its result.
   *
   * @param wakes whether a tick follows at once
   */
  private record Order<T>(Callable<T> command, CompletableFuture<T> result, boolean wakes)
      implements Runnable {
    @Override
    public void run() {
      try {
        result.complete(command.call());
      } catch (InterruptedException e) {
        result.completeExceptionally(e);
        Thread.currentThread().interrupt(); // the loop is to stop
      } catch (Exception e) {
        result.completeExceptionally(e);
      }
    }

    boolean reject() {
      return result.completeExceptionally(stopped());
    }
  }

  private static IllegalStateException stopped() {
    return new IllegalStateException("the engine is stopped");
  }

  /**
   * Starts ticking.
   *
   * @throws IllegalStateException if it is running, or has not ended since it was stopped
   */
  public synchronized void start() {
    if (thread != null) {
      throw new IllegalStateException("the engine is running");
    }
    thread = new Thread(this::run, "fadvised-engine");
    thread.setDaemon(true); // a hung system call must not keep the process from ending
    thread.start();
  }

  /**
   * Stops ticking.
   *
   * @param patience how long to wait for the present sweep
   * @return whether it ended in time
   */
  public synchronized boolean stop(Duration patience) throws InterruptedException {
    Thread running = thread;
    if (running == null) {
      return true;
    }
    running.interrupt();
    running.join(Math.max(1, patience.toMillis())); // 0 would wait forever
    if (running.isAlive()) {
      return false; // keeps the thread: a second one must not run the engine
    }
    thread = null;
    // Callers that wait get an exception; other commands, such as new settings, run after a start.
    commands.removeIf(command -> command instanceof Order<?> order && order.reject());
    return true;
  }

  /**
   * Runs a command on the engine's thread before its next tick, which follows at once.
   *
   * @return completes with the result of the command, with its exception, or with an {@link
   *     IllegalStateException} if the engine is stopped before
   */
  public <T> CompletableFuture<T> submit(Callable<T> command) {
    return add(command, true);
  }

  /** Runs a command like {@link #submit}, but the next tick comes when it is due. */
  public <T> CompletableFuture<T> ask(Callable<T> question) {
    return add(question, false);
  }

  private synchronized <T> CompletableFuture<T> add(Callable<T> command, boolean wakes) {
    if (thread == null) {
      return CompletableFuture.failedFuture(stopped());
    }
    Order<T> order = new Order<>(command, new CompletableFuture<>(), wakes);
    commands.add(order);
    return order.result();
  }

  /** Runs a command on the engine's thread; a failure is logged. */
  public void execute(Runnable command) {
    commands.add(
        () -> {
          try {
            command.run();
          } catch (RuntimeException e) {
            log.error("a command failed", e);
          }
        });
  }

  /** Requests a scan of sysfs at once. */
  public void requestRescan() {
    if (engine.requestRescan()) { // one wake-up for a storm of events
      commands.add(() -> {});
    }
  }

  /** Requests that some devices are read again, at once unless others were read just before. */
  public void devicesChanged(Collection<String> names) {
    if (engine.devicesChanged(names)) {
      commands.add(() -> {});
    }
  }

  /** Reports that tasks were stalled for memory; on a quiet host the next tick follows at once. */
  public void pressureRises() {
    if (engine.pressureRises()) {
      commands.add(() -> {});
    }
  }

  private void run() {
    try {
      Duration wait = tick(); // before the first answer: until then no device is known
      while (!Thread.currentThread().isInterrupted()) {
        doCommands(wait);
        wait = tick();
      }
    } catch (InterruptedException e) {
      // stopped
    } catch (Error e) { // out of memory, an incompatible library
      log.error("the engine failed, exiting", e);
      Runtime.getRuntime().halt(DEAD_ENGINE_STATUS);
    }
  }

  private Duration tick() throws InterruptedException {
    try {
      return engine.tick();
    } catch (RuntimeException e) {
      log.error("tick failed, next one in {} s", AFTER_FAILURE.toSeconds(), e);
      return AFTER_FAILURE;
    }
  }

  /**
   * Runs commands until the time is over or one of them wants a tick. Those that were waiting then
   * run too, and later ones after the tick, so that no number of questions delays it for long.
   */
  private void doCommands(Duration wait) throws InterruptedException {
    long end = System.nanoTime() + wait.toNanos();
    long left = wait.toNanos();
    boolean isTickWanted = false;
    do {
      Runnable first = commands.poll(left, TimeUnit.NANOSECONDS);
      List<Runnable> waiting = new ArrayList<>(first == null ? List.of() : List.of(first));
      commands.drainTo(waiting);
      for (Runnable command : waiting) {
        command.run();
        isTickWanted |= !(command instanceof Order<?> order) || order.wakes();
      }
      left = end - System.nanoTime();
    } while (!isTickWanted && left > 0);
  }
}
