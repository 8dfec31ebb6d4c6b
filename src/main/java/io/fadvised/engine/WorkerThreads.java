package io.fadvised.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * One thread, and one more for each that was left behind, which ends when its call returns. Given
 * work by one thread at a time.
 */
public final class WorkerThreads implements Workers {
  /** Between two calls, work that is interrupted ends at once. */
  private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(1);

  /** A worker that makes progress, but has not ended, is left behind after this many patiences. */
  private static final int MAX_PATIENCES = 5;

  private static final int LOOKS_IN_A_PATIENCE = 8;

  private final Path proc;
  private ExecutorService worker = newWorker();

  /**
   * @param proc where procfs is mounted
   */
  public WorkerThreads(Path proc) {
    this.proc = proc;
  }

  @Override
  public synchronized void run(Work<?> work, Duration patience) throws InterruptedException {
    worker.execute(work);
    try {
      await(work, patience);
    } catch (InterruptedException e) {
      work.interrupt();
      work.await(AFTER_INTERRUPT);
      throw e;
    } finally {
      if (!work.isDone()) {
        worker.shutdown(); // after what it is doing
        worker = newWorker();
      }
    }
  }

  /**
   * Waits until the work is done, or its thread has made no progress for as long as the patience. A
   * worker that waits for a processor on a busy host is not hung.
   */
  private void await(Work<?> work, Duration patience) throws InterruptedException {
    Duration look = patience.dividedBy(LOOKS_IN_A_PATIENCE);
    ThreadProgress progress = new ThreadProgress(proc);
    int stalled = 0;
    for (int looks = 0; looks < MAX_PATIENCES * LOOKS_IN_A_PATIENCE; looks++) {
      work.await(look);
      if (work.isDone()) {
        return;
      }
      stalled = progress.isMade(work.threadLink()) ? 0 : stalled + 1;
      if (stalled >= LOOKS_IN_A_PATIENCE) {
        return;
      }
    }
  }

  private static ExecutorService newWorker() {
    return Executors.newSingleThreadExecutor(
        work -> {
          Thread thread = new Thread(work, "fadvised-sweeper");
          thread.setDaemon(true); // a call that hangs must not keep the process from ending
          return thread;
        });
  }
}
