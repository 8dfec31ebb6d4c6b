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
 * A task of one of the {@link Workers}. The objects it uses belong to that worker until it {@link
 * #isDone}, even if nobody waits for it any more.
 *
 * @param <T> the type of the result
 */
public final class Work<T> implements Runnable {
  /** The code to run. */
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
      Thread.currentThread().interrupt(); // requested before it began
    }
    try {
      result = job.run();
    } catch (InterruptedException | RuntimeException | Error e) {
      failure = e; // thrown by result()
    } finally {
      worker = null;
      done.countDown();
    }
  }

  /** Waits until it is done or the time is over. */
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

  /** Returns the thread's directory below /proc, such as {@code 12/task/15}; empty at first. */
  Optional<String> threadLink() {
    return Optional.ofNullable(threadLink);
  }

  /** Returns whether it has ended. */
  public boolean isDone() {
    return done.getCount() == 0;
  }

  /** Interrupts the thread, or the job as soon as it begins. */
  void interrupt() {
    interrupted = true;
    Thread running = worker;
    if (running != null) {
      running.interrupt();
    }
  }

  /**
   * Returns the result, or throws the exception or error of the job.
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
      throw new IllegalStateException("no result");
    }
    return result;
  }
}
