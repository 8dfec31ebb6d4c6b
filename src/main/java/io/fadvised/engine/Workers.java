package io.fadvised.engine;

import java.time.Duration;

/**
 * Run calls that may hang: a filesystem that does not respond blocks a worker and never the engine.
 */
@FunctionalInterface
public interface Workers {
  /**
   * Runs work and waits for it. If it is not done in time, its worker is left behind with it.
   *
   * @param patience how long to wait
   * @throws InterruptedException if the engine is being stopped; the work is interrupted, too
   */
  void run(Work<?> work, Duration patience) throws InterruptedException;

  /**
   * Runs work like {@link #run}, but waits as long as it makes progress.
   *
   * @param patience how long to wait without progress
   */
  default void runToEnd(Work<?> work, Duration patience) throws InterruptedException {
    run(work, patience);
  }
}
