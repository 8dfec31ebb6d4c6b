package io.fadvised.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Something that one of the {@link Workers} does. What it works on belongs to that worker until it
 * {@link #isDone}, also if nobody waits for it any more.
 *
 * @param <T> what comes of it
 */
public final class Work<T> implements Runnable {
  /** What is to be done. */
  @FunctionalInterface
  public interface Job<T> {
    T run() throws InterruptedException;
  }

  private final Job<T> job;
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile @Nullable Thread worker;
  private volatile boolean interrupted;
  private volatile @Nullable String threadLink;
  private @Nullable T result;
  private @Nullable Throwable failure;

  public Work(Job<T> job) {
    this.job = job;
  }

  @Override
  public void run() {
    worker = Thread.currentThread();
    threadLink = readThreadLink();
    if (interrupted) {
      Thread.currentThread().interrupt(); // before it began
    }
    try {
      result = job.run();
    } catch (InterruptedException | RuntimeException | Error e) {
      failure = e; // who fetches the result gets it
    } finally {
      worker = null;
      done.countDown();
    }
  }

  /** Waits until it is done, but not longer than that. */
  void await(Duration patience) throws InterruptedException {
    boolean ignored = done.await(patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  private static @Nullable String readThreadLink() {
    try {
      return Files.readSymbolicLink(Path.of("/proc/thread-self")).toString();
    } catch (IOException | UnsupportedOperationException e) {
      return null; // not on Linux 3.17 or later
    }
  }

  /** The worker's directory below /proc, such as {@code 12/task/15}; empty before it runs. */
  Optional<String> threadLink() {
    return Optional.ofNullable(threadLink);
  }

  /** Returns whether it has come to an end. */
  public boolean isDone() {
    return done.getCount() == 0;
  }

  /** Has it end early, where it can. */
  void interrupt() {
    interrupted = true;
    Thread running = worker;
    if (running != null) {
      running.interrupt();
    }
  }

  /**
   * What came of it.
   *
   * @throws InterruptedException if it was interrupted
   * @throws IllegalStateException if it is not done
   */
  T result() throws InterruptedException {
    if (!isDone()) {
      throw new IllegalStateException("not done yet");
    }
    if (failure instanceof InterruptedException interruption) {
      throw interruption;
    }
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
    if (result == null) {
      throw new IllegalStateException("came to nothing");
    }
    return result;
  }
}
