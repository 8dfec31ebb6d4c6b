package io.fadvised.pressure;

import java.io.IOException;

/** Reads the memory of a host; {@link PressureReader} reads this machine's. */
@FunctionalInterface
public interface PressureSource {
  /**
   * Reads the present state of the host's memory.
   *
   * @throws IOException if sizes or counters cannot be read; PSI may be missing
   */
  PressureSample read() throws IOException;
}
