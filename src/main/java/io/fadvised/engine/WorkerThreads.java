package io.fadvised.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Runs work on one thread. A thread that is left behind ends when its call returns, and a new one
 * replaces it. One thread at a time may submit work.
 */
public final class WorkerThreads implements Workers {
  /** Time for interrupted work to end: between two calls it ends at once. */
  private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(1);

  /** A worker that makes progress without ending is left behind after this many times patience. */
  private static final int MAX_PATIENCES = 5;

  private static final int CHECKS_PER_PATIENCE = 8;

  private final Path proc;
  private ExecutorService worker = newWorker();

  /**
   * @param proc where procfs is mounted
   */
  public WorkerThreads(Path proc) {
    this.proc = proc;
  }

  @Override
  public void run(Work<?> work, Duration patience) throws InterruptedException {
    run(work, patience, MAX_PATIENCES);
  }

  @Override
  public void runToEnd(Work<?> work, Duration patience) throws InterruptedException {
    run(work, patience, Integer.MAX_VALUE);
  }

  private synchronized void run(Work<?> work, Duration patience, int maxPatiences)
      throws InterruptedException {
    worker.execute(work);
    try {
      await(work, patience, maxPatiences);
    } catch (InterruptedException e) {
      work.interrupt();
      work.await(AFTER_INTERRUPT);
      throw e;
    } finally {
      if (!work.isDone()) {
        worker.shutdown(); // ends after its present work
        worker = newWorker();
      }
    }
  }

  /**
   * Waits until the work is done, or its thread has made no progress for {@code patience}. A worker
   * that waits for a processor on a busy host is not hung.
   */
  private void await(Work<?> work, Duration patience, int maxPatiences)
      throws InterruptedException {
    Duration interval = patience.dividedBy(CHECKS_PER_PATIENCE);
    ThreadProgress progress = new ThreadProgress(proc);
    int stalled = 0;
    for (int checks = 0; checks / CHECKS_PER_PATIENCE < maxPatiences; checks++) {
      work.await(interval);
      if (work.isDone()) {
        return;
      }
      stalled = progress.isMade(work.threadLink()) ? 0 : stalled + 1;
      if (stalled >= CHECKS_PER_PATIENCE) {
        return;
      }
    }
  }

  private static ExecutorService newWorker() {
    return Executors.newSingleThreadExecutor(
        work -> {
          Thread thread = new Thread(work, "fadvised-sweeper");
          thread.setDaemon(true); // a hung call must not keep the process from ending
          return thread;
        });
  }
}
