package io.fadvised.engine;

import java.time.Duration;

/**
 * Do what may not come back: a call into a filesystem that has stopped answering holds up one of
 * them, and never the engine.
 */
@FunctionalInterface
public interface Workers {
  /**
   * Has work done, and waits for it. If it is not done by then, its worker is left behind with it.
   *
   * @param patience how long to wait
   * @throws InterruptedException if the engine is being stopped; the work is interrupted, too
   */
  void run(Work<?> work, Duration patience) throws InterruptedException;
}
