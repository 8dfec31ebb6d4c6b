package io.fadvised.loop;

import java.io.IOException;
import java.util.Map;

/** The I/O counters of a host's loop devices: {@link DiskStats} reads this machine's. */
@FunctionalInterface
public interface LoopCounters {
  /** Counters of the loop devices, by name; partitions are counted in their device. */
  Map<String, IoCounters> read() throws IOException;
}
