package io.fadvised.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Lets one of many threads run at a time. At every step a seed decides who goes on, so that the
 * same seed makes the same history. Time passes when all wait for something.
 */
final class Baton {
  private static final long NEVER = Long.MAX_VALUE;

  /** Far more than any of the histories has. */
  private static final int MOST_STEPS = 300_000;

  private static final Duration REAL_PATIENCE = Duration.ofSeconds(30);

  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(
          actor -> {
            Thread thread = new Thread(actor, "baton");
            thread.setDaemon(true); // those of a history that failed stay where they are
            return thread;
          });

  private final SplittableRandom random;
  private final FakeClock clock;
  private final List<Actor> actors = new ArrayList<>();
  private final Semaphore arrived = new Semaphore(0);
  private final CountDownLatch over = new CountDownLatch(1);
  private Actor running;
  private int steps;
  private volatile Throwable failure;

  /** A thread, and what it waits for. */
  static final class Actor {
    private final String name;
    private final Semaphore turn = new Semaphore(0);
    private Thread thread;
    private BooleanSupplier ready = () -> true;
    private boolean timed;
    private long deadline;
    private boolean interrupted;
    private boolean ended;

    private Actor(String name) {
      this.name = name;
    }

    boolean hasEnded() {
      return ended;
    }
  }

  Baton(SplittableRandom random, FakeClock clock) {
    this.random = random;
    this.clock = clock;
  }

  // -- from outside ------------------------------------------------------------------------------

  /** Has all actors run until each has come to its end. */
  void runAll() throws Throwable {
    passOn();
    if (!over.await(REAL_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("somebody keeps the baton: " + running.name);
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Adds an actor; to be called before all run, or by the one that runs. */
  Actor add(String name, Runnable script) {
    Actor actor = new Actor(name);
    actors.add(actor);
    THREADS.execute(
        () -> {
          actor.thread = Thread.currentThread();
          actor.turn.acquireUninterruptibly();
          try {
            script.run();
          } catch (RuntimeException | Error e) {
            fail(e);
          }
          boolean ignored = Thread.interrupted(); // the next one's thread is a new one
          end(actor);
        });
    return actor;
  }

  // -- by whoever runs ---------------------------------------------------------------------------

  /** Others may have their turn. */
  void step() {
    if (random.nextInt(50) == 0) {
      clock.advance(Duration.ofMillis(random.nextInt(50)));
    }
    if (random.nextInt(3) == 0) {
      give();
    }
  }

  /** Waits as long as that, whatever comes. */
  void pass(Duration time) {
    waitFor(() -> false, time);
  }

  /** Waits until something is true, but not longer than that; whether it is. */
  boolean waitFor(BooleanSupplier what, Duration patience) {
    Actor self = self();
    self.ready = what;
    self.timed = true;
    self.deadline = clock.nanos() + patience.toNanos();
    give();
    return what.getAsBoolean();
  }

  /** Waits for ever, if need be. */
  void waitFor(BooleanSupplier what) {
    self().ready = what;
    give();
  }

  /** The same as a method that throws when its thread is interrupted. */
  void waitInterruptibly(BooleanSupplier what, Duration patience) throws InterruptedException {
    Actor self = self();
    self.interrupted |= Thread.currentThread().isInterrupted();
    waitFor(() -> self.interrupted || what.getAsBoolean(), patience);
    if (Thread.interrupted()) {
      self.interrupted = false;
      throw new InterruptedException();
    }
  }

  /** Has an actor's thread been interrupted, it is ready for that. */
  void tellInterrupted(Actor actor) {
    actor.interrupted = true;
  }

  /** The next thread that begins by {@link #enter} is an actor when this returns. */
  Actor awaitNewcomer() {
    arrived.acquireUninterruptibly();
    return actors.get(actors.size() - 1);
  }

  /** A thread that is not of our making, until it dies. */
  void enter(String name) {
    Actor actor = new Actor(name);
    actor.thread = Thread.currentThread();
    actors.add(actor); // whoever started it waits
    THREADS.execute(
        () -> {
          joinUninterruptibly(actor.thread);
          end(actor);
        });
    arrived.release();
    actor.turn.acquireUninterruptibly();
  }

  boolean isRunning(Thread thread) {
    return running != null && running.thread == thread;
  }

  boolean isRunning(String name) {
    return self().name.equals(name);
  }

  /** Ends the history; the caller does not return. */
  void fail(Throwable why) {
    if (failure == null) {
      failure = why;
    }
    over.countDown();
    new Semaphore(0).acquireUninterruptibly();
  }

  /** Fails unless something is true. */
  void check(boolean holds, String otherwise) {
    if (!holds) {
      fail(new AssertionError(otherwise + " (" + self().name + " at step " + steps + ")"));
    }
  }

  // -- inside ------------------------------------------------------------------------------------

  private Actor self() {
    if (!isRunning(Thread.currentThread())) {
      fail(new AssertionError(Thread.currentThread() + " runs without the baton"));
    }
    return running;
  }

  private void give() {
    Actor self = self();
    Actor next = next();
    if (next != self) {
      running = next;
      next.turn.release();
      self.turn.acquireUninterruptibly();
    }
    self.ready = () -> true;
    self.timed = false;
  }

  private void end(Actor actor) {
    actor.ended = true;
    actors.remove(actor);
    passOn();
  }

  private void passOn() {
    if (actors.isEmpty()) {
      over.countDown();
      return;
    }
    running = next();
    running.turn.release();
  }

  private Actor next() {
    if (++steps > MOST_STEPS) {
      fail(new AssertionError("does not come to an end: " + names(actors)));
    }
    List<Actor> able = able();
    while (able.isEmpty()) {
      long first = actors.stream().mapToLong(this::untilDeadline).min().orElseThrow();
      if (first == NEVER) {
        fail(new AssertionError("all wait for each other: " + names(actors)));
      }
      clock.advance(Duration.ofNanos(first));
      able = able();
    }
    return able.get(random.nextInt(able.size()));
  }

  private List<Actor> able() {
    List<Actor> able = new ArrayList<>(actors);
    able.removeIf(actor -> untilDeadline(actor) > 0 && !actor.ready.getAsBoolean());
    return able;
  }

  private long untilDeadline(Actor actor) {
    return actor.timed ? Math.max(0, actor.deadline - clock.nanos()) : NEVER;
  }

  private static List<String> names(List<Actor> actors) {
    return actors.stream().map(actor -> actor.name).toList();
  }

  private static void joinUninterruptibly(Thread thread) {
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
