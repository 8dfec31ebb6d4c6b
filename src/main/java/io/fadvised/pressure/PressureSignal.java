package io.fadvised.pressure;

import io.fadvised.linux.PressureTrigger;
import java.io.IOException;
import java.time.Duration;

/** A way to be woken by memory pressure. */
public interface PressureSignal {
  /**
   * A signal that is on.
   *
   * @param words what it is, such as "PSI (20 ms stalled within 1 s)"
   * @param stallWindow within which tasks were stalled when it fires; zero if it tells nothing of
   *     stalls
   */
  record On(PressureTrigger trigger, String words, Duration stallWindow) {}

  /** What people call it. */
  String name();

  /**
   * Switches it on.
   *
   * @throws IOException if this host does not have it, or not for us
   */
  On open() throws IOException;
}
