package io.fadvised.linux;

import java.io.IOException;
import java.time.Duration;

/** A kernel trigger that fires when memory becomes scarce. Belongs to one thread. */
public interface PressureTrigger extends AutoCloseable {
  /**
   * Waits until it fires.
   *
   * @return whether it fired since the last call or before the timeout
   * @throws IOException if it will never fire again
   */
  boolean await(Duration timeout) throws IOException;

  @Override
  void close();
}
