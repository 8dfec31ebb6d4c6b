package io.fadvised.linux;

import java.io.IOException;
import java.time.Duration;

/** Something of the kernel that fires when memory becomes scarce. Belongs to one thread. */
public interface PressureTrigger extends AutoCloseable {
  /**
   * Waits until it fires.
   *
   * @return whether it fired in time, now or since the last call
   * @throws IOException if it will never fire again
   */
  boolean await(Duration timeout) throws IOException;

  @Override
  void close();
}
