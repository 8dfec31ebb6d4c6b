package io.fadvised.engine;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * One thread, and one more for each that was left behind: that ends when its call returns. Given
 * work by one thread at a time.
 */
public final class WorkerThreads implements Workers {
  /** Between two calls, work that is interrupted ends at once. */
  private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(1);

  private ExecutorService worker = newWorker();

  @Override
  public synchronized void run(Work<?> work, Duration patience) throws InterruptedException {
    worker.execute(work);
    try {
      work.await(patience);
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

  private static ExecutorService newWorker() {
    return Executors.newSingleThreadExecutor(
        work -> {
          Thread thread = new Thread(work, "fadvised-sweeper");
          thread.setDaemon(true); // a call that hangs must not keep the process from ending
          return thread;
        });
  }
}
