package io.fadvised.engine;

import io.fadvised.loop.IoCounters;
import java.util.Map;

/**
 * The I/O counters of all loop devices.
 *
 * @param counters by device; they change with the next read
 * @param atNanos when they were read
 */
record LoopIo(Map<String, IoCounters> counters, long atNanos) {}
