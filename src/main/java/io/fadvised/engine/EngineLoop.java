package io.fadvised.engine;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's thread. Everything that other threads want of the engine is handed over as a command
 * and done between two ticks. May be started again after a stop.
 */
public final class EngineLoop {
  private static final Logger log = LoggerFactory.getLogger(EngineLoop.class);

  /** After a tick that failed altogether: long enough not to fill the journal. */
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

  /** A daemon that lives on without its engine would look well; a dead one is started again. */
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

  /** A command that somebody waits for. */
  private record Order<T>(Callable<T> command, CompletableFuture<T> result) implements Runnable {
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

    boolean refuse() {
      return result.completeExceptionally(stopped());
    }
  }

  private static IllegalStateException stopped() {
    return new IllegalStateException("the engine is stopped");
  }

  /**
   * Starts ticking.
   *
   * @throws IllegalStateException if it runs, or has not come to an end since it was stopped
   */
  public synchronized void start() {
    if (thread != null) {
      throw new IllegalStateException("the engine is running");
    }
    thread = new Thread(this::run, "fadvised-engine");
    thread.setDaemon(true); // a system call that hangs must not keep the process from ending
    thread.start();
  }

  /**
   * Stops ticking.
   *
   * @param patience how long to wait for the sweep under way
   * @return whether it ended in time
   */
  public synchronized boolean stop(Duration patience) throws InterruptedException {
    Thread running = thread;
    if (running == null) {
      return true;
    }
    running.interrupt();
    running.join(Math.max(1, patience.toMillis())); // 0 would be for ever
    if (running.isAlive()) {
      return false; // the engine is still its own: there must not be a second thread
    }
    thread = null;
    // Whoever waits is told; what nobody waits for, such as new settings, is done after a start.
    commands.removeIf(command -> command instanceof Order<?> order && order.refuse());
    return true;
  }

  /**
   * Has something done by the engine's thread, before its next tick, which follows at once.
   *
   * @return completes with what the command returned, or with what it threw, or with an {@link
   *     IllegalStateException} if the engine is stopped before
   */
  public synchronized <T> CompletableFuture<T> submit(Callable<T> command) {
    if (thread == null) {
      return CompletableFuture.failedFuture(stopped());
    }
    Order<T> order = new Order<>(command, new CompletableFuture<>());
    commands.add(order);
    return order.result();
  }

  /** Has something done by the engine's thread; a failure is logged. */
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

  /** Has sysfs looked at again, at once. */
  public void requestRescan() {
    if (engine.requestRescan()) { // one wake-up for a storm of events
      commands.add(() -> {});
    }
  }

  /** Has some devices read again, at once if none were just before. */
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
    Duration wait = Duration.ZERO;
    try {
      while (!Thread.currentThread().isInterrupted()) {
        doCommands(wait);
        wait = tick();
      }
    } catch (InterruptedException e) {
      // stop was asked for
    } catch (Error e) { // out of memory, a library that does not fit
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

  /** Waits, but not longer than until the first command; then does all there are. */
  private void doCommands(Duration wait) throws InterruptedException {
    Runnable command = commands.poll(wait.toMillis(), TimeUnit.MILLISECONDS);
    while (command != null) {
      command.run();
      command = commands.poll();
    }
  }
}
