package io.fadvised.engine;

import io.fadvised.loop.IoCounters;

/**
 * The I/O of a device since its last sweep.
 *
 * @param counted whether the kernel counts it; if not, zero proves nothing
 */
record DeviceIo(IoCounters atSweep, IoCounters now, boolean counted) {
  static final DeviceIo NONE = new DeviceIo(IoCounters.NONE, IoCounters.NONE, false);

  IoCounters sinceSweep() {
    return now.since(atSweep);
  }

  /** Returns whether the counters prove that there was none. */
  boolean isNone() {
    return counted && now.equals(atSweep);
  }

  /** Returns the bytes read and written; {@code Long.MAX_VALUE} if they are not counted. */
  long maxAddedBytes() {
    if (!counted) {
      return Long.MAX_VALUE;
    }
    return isNone() ? 0 : sinceSweep().totalBytes();
  }

  DeviceIo withCounters(IoCounters counters, boolean isCounted) {
    return counters.equals(now) && isCounted == counted
        ? this
        : new DeviceIo(atSweep, counters, isCounted);
  }

  /** Returns these counters with a sweep at this moment. */
  DeviceIo swept() {
    return new DeviceIo(now, now, counted);
  }
}
