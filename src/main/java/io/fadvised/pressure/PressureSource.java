package io.fadvised.pressure;

import java.io.IOException;

/** The memory of a host: {@link PressureReader} reads this machine's. */
@FunctionalInterface
public interface PressureSource {
  /**
   * Reads the host's memory as it is now.
   *
   * @throws IOException if sizes or counters cannot be read; PSI may be missing
   */
  PressureSample read() throws IOException;
}
