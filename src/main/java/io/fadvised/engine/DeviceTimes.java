package io.fadvised.engine;

import java.time.Duration;

/** The times of a device's last sweep and of its next one, by the engine's clock. */
final class DeviceTimes {
  private boolean wanted = true;
  private boolean stuckWhileCalm;
  private Duration interval;
  private long sweptAtNanos;
  private long servedAtNanos;
  private long notBeforeNanos;
  private long dueAtNanos;

  /** A newly attached device is due at once, at the end of the queue. */
  DeviceTimes(Duration interval, long nowNanos) {
    this.interval = interval;
    sweptAtNanos = nowNanos;
    servedAtNanos = nowNanos;
    notBeforeNanos = nowNanos;
    dueAtNanos = nowNanos;
  }

  /** Returns whether a sweep was requested, or is the first. */
  boolean isWanted() {
    return wanted;
  }

  /** Returns the present interval between two sweeps. */
  Duration interval() {
    return interval;
  }

  /** Returns the start of the last time slice. */
  long servedAtNanos() {
    return servedAtNanos;
  }

  long sinceSweptNanos(long nowNanos) {
    return nowNanos - sweptAtNanos;
  }

  /** Returns the time of the next sweep if no I/O makes the device due earlier. */
  long dueAtNanos() {
    return dueAtNanos - notBeforeNanos >= 0 ? dueAtNanos : notBeforeNanos;
  }

  /** Returns whether the device has to wait, whatever its I/O. */
  boolean isHeldBack(boolean pressed, long nowNanos) {
    return nowNanos - notBeforeNanos < 0 && !(pressed && stuckWhileCalm);
  }

  /** Returns whether a sweep is due, whatever the I/O. */
  boolean isUp(long nowNanos) {
    return wanted || nowNanos - dueAtNanos >= 0;
  }

  /** Requests a sweep. */
  void want() {
    wanted = true;
  }

  /** Requests a sweep at the next tick, idle or not. */
  void makeDue(long nowNanos) {
    wanted = true;
    postpone(nowNanos);
  }

  /** Makes the device due as soon as it need not wait. */
  void measureSoon(long nowNanos) {
    dueAtNanos = nowNanos;
  }

  /** Schedules the next sweep for that time, also under pressure. */
  void postpone(long untilNanos) {
    stuckWhileCalm = false;
    notBeforeNanos = untilNanos;
    dueAtNanos = untilNanos;
  }

  /** Records the start of a time slice. */
  void serve(long nowNanos) {
    servedAtNanos = nowNanos;
  }

  /** Records the end of a sweep that continues with its next slice. */
  void cutShort(long nowNanos) {
    wanted = false;
    sweptAtNanos = nowNanos;
    postpone(nowNanos);
  }

  /**
   * Records the end of a sweep.
   *
   * @param wait the time that the device has to wait at least
   * @param next the time until the next sweep without I/O
   * @param isStuckWhileCalm whether pressure ends the wait
   */
  void swept(Duration wait, Duration next, boolean isStuckWhileCalm, long nowNanos) {
    wanted = false;
    sweptAtNanos = nowNanos;
    interval = next;
    notBeforeNanos = nowNanos + wait.toNanos();
    dueAtNanos = nowNanos + next.toNanos();
    stuckWhileCalm = isStuckWhileCalm;
  }
}
