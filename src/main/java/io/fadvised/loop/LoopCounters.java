package io.fadvised.loop;

import java.io.IOException;
import java.util.Map;

/** The I/O counters of a host's loop devices. {@link DiskStats} is the implementation. */
@FunctionalInterface
public interface LoopCounters {
  /** Returns the counters by device name; I/O of a partition counts for its device. */
  Map<String, IoCounters> read() throws IOException;
}
