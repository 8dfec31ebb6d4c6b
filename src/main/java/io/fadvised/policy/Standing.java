package io.fadvised.policy;

import java.time.Duration;

/**
 * How a device stands with us: evicted like all, or backed off from because its evictions came
 * back.
 *
 * <p>The first harm is answered by a look without an eviction. If still more comes back until then,
 * or of one of the next three evictions, the device is stood down. Later there is a trial, on a
 * small part of the file; if that comes back too the next one comes twice as late.
 *
 * @param phase what to do at the next look
 * @param strikes for how many looks more an earlier harm is held against it
 * @param standDowns how often it has been stood down in a row
 * @param looks at which a trial went well so far
 * @param sinceNanos when the phase began, on any clock
 * @param whilePressed whether memory was scarce when the harm was seen
 */
public record Standing(
    Phase phase, int strikes, int standDowns, int looks, long sinceNanos, boolean whilePressed) {
  /** What is done with the device. */
  public enum Phase {
    /** Evicted when due. */
    ACTIVE,
    /** Left for one look, because its evictions came back. */
    BACKED_OFF,
    /** Left alone. */
    STOOD_DOWN,
    /** A small part is evicted, to see whether it still comes back. */
    TRIAL
  }

  private static final Duration SHORTEST_REST = Duration.ofMinutes(1);
  private static final Duration LONGEST_REST = Duration.ofHours(1);
  private static final int MOST_DOUBLINGS = 6;

  /**
   * Under pressure harm is seen at every second or third look only: what comes back must repeat.
   */
  private static final int STRIKE_LOOKS = 3;

  /** Three looks without harm: at the first one of a trial nothing can have come back twice. */
  private static final int TRIAL_LOOKS = 3;

  /** Of a device that nothing is known about. */
  public static Standing at(long nowNanos) {
    return new Standing(Phase.ACTIVE, 0, 0, 0, nowNanos, false);
  }

  /**
   * How it stands after a look.
   *
   * @param harmed whether the evictions before it were seen to harm
   * @param pressed whether memory is scarce
   */
  public Standing after(boolean harmed, boolean pressed, long nowNanos) {
    return switch (phase) {
      case ACTIVE -> harmed ? afterHarm(pressed, nowNanos) : afterGoodLook();
      case BACKED_OFF ->
          harmed ? standDown(pressed, nowNanos) : enter(Phase.ACTIVE, nowNanos, false);
      case STOOD_DOWN ->
          isTrialDue(pressed, nowNanos) ? enter(Phase.TRIAL, nowNanos, pressed) : this;
      case TRIAL -> afterTrialLook(harmed, pressed, nowNanos);
    };
  }

  /** How long it is left alone from when it was stood down: 1 min, twice as long each time, 1 h. */
  public Duration rest() {
    Duration rest = SHORTEST_REST.multipliedBy(1L << Math.min(MOST_DOUBLINGS, standDowns - 1));
    return rest.compareTo(LONGEST_REST) > 0 ? LONGEST_REST : rest;
  }

  /**
   * Whether a stood-down device is worth a trial: its time is over, or memory has become scarce
   * since, and what did harm then may be worth its price now.
   */
  public boolean isTrialDue(boolean pressed, long nowNanos) {
    return phase == Phase.STOOD_DOWN
        && (nowNanos - sinceNanos >= rest().toNanos() || (pressed && !whilePressed));
  }

  private Standing afterGoodLook() {
    return strikes == 0
        ? this
        : new Standing(phase, strikes - 1, standDowns, 0, sinceNanos, whilePressed);
  }

  /** What was long ago is forgotten. */
  private Standing afterHarm(boolean pressed, long nowNanos) {
    if (strikes > 0) {
      return standDown(pressed, nowNanos);
    }
    boolean longAgo = nowNanos - sinceNanos >= LONGEST_REST.toNanos();
    return new Standing(
        Phase.BACKED_OFF, STRIKE_LOOKS, longAgo ? 0 : standDowns, 0, nowNanos, pressed);
  }

  private Standing standDown(boolean pressed, long nowNanos) {
    return new Standing(Phase.STOOD_DOWN, 0, standDowns + 1, 0, nowNanos, pressed);
  }

  private Standing afterTrialLook(boolean harmed, boolean pressed, long nowNanos) {
    if (harmed) {
      return standDown(pressed, nowNanos);
    }
    return looks + 1 < TRIAL_LOOKS
        ? new Standing(phase, 0, standDowns, looks + 1, sinceNanos, whilePressed)
        : enter(Phase.ACTIVE, nowNanos, false);
  }

  private Standing enter(Phase next, long nowNanos, boolean pressed) {
    return new Standing(next, strikes, standDowns, 0, nowNanos, pressed);
  }
}
