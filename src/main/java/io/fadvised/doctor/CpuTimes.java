package io.fadvised.doctor;

import java.util.Optional;

/**
 * Processor time since boot, over all processors, in ticks (proc(5), /proc/stat).
 *
 * @param waitingForIo time idle while a task waited for a disk
 * @param all time in all states
 */
record CpuTimes(long waitingForIo, long all) {
  private static final int IO_WAIT = 5;

  /** The last state to count is steal; guest time is part of user time. */
  private static final int LAST_STATE = 8;

  static Optional<CpuTimes> parse(String text) {
    String[] fields = text.lines().findFirst().orElse("").strip().split(" +", -1);
    if (fields.length <= IO_WAIT || !fields[0].equals("cpu")) {
      return Optional.empty();
    }
    try {
      long all = 0;
      for (int i = 1; i < fields.length && i <= LAST_STATE; i++) {
        all += Long.parseLong(fields[i]);
      }
      return Optional.of(new CpuTimes(Long.parseLong(fields[IO_WAIT]), all));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Returns the share of I/O wait since an earlier reading, 0 to 1. */
  double waitShareSince(CpuTimes before) {
    long elapsed = all - before.all;
    long waited = waitingForIo - before.waitingForIo; // may decrease, see proc(5)
    return elapsed <= 0 ? 0 : Math.min(1, Math.max(0, waited) / (double) elapsed);
  }
}
