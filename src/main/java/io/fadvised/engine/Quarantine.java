package io.fadvised.engine;

import io.fadvised.policy.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The sweeps that have not come back, and what is left alone for them: their devices, until they
 * come back, and all other devices on the same filesystem. Owned by the engine's thread.
 */
public final class Quarantine {
  /**
   * So many workers may wait. Then only devices are swept that have answered before: whoever can
   * hang filesystems of his own must not take a thread for each.
   */
  private static final int MOST_WAITING = 16;

  /**
   * What came of stuck storage.
   *
   * @param waiting sweeps that have not come back
   * @param abandoned sweeps that were not waited for, since the start
   */
  public record Totals(int waiting, long abandoned) {
    public static final Totals ZERO = new Totals(0, 0);
  }

  /**
   * A sweep that was not waited for.
   *
   * @param sweeping the device, which is the worker's for now
   * @param standIn what the engine has in its place
   * @param filesystem of the backing file, like st_dev, if that is known
   */
  record Lost(
      Sweeper.Sweeping sweeping, ManagedDevice standIn, OptionalLong filesystem, long sinceNanos) {}

  private final List<Lost> waiting = new ArrayList<>();
  private long abandoned;

  Quarantine() {}

  void add(Sweeper.Sweeping sweeping, ManagedDevice standIn, long sinceNanos) {
    waiting.add(new Lost(sweeping, standIn, filesystemOf(standIn), sinceNanos));
    abandoned++;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Those that have come back; they are not here any more. */
  List<Lost> takeReturned() {
    List<Lost> returned = waiting.stream().filter(lost -> lost.sweeping().work().isDone()).toList();
    waiting.removeAll(returned);
    return returned;
  }

  /** Has the stand-ins say how long that has been. */
  void tellTime(long nowNanos) {
    for (Lost lost : waiting) {
      lost.standIn()
          .explain(reason(lost.sweeping(), Duration.ofNanos(nowNanos - lost.sinceNanos())));
    }
  }

  private static Reason reason(Sweeper.Sweeping sweeping, Duration time) {
    return new Reason(
        Reason.Code.NO_ANSWER,
        "no answer for "
            + time.toSeconds()
            + " s while "
            + sweeping.sweep().doing()
            + ", left alone until it comes");
  }

  /** Why a device is not to be swept now; empty if it may be. */
  Optional<Reason> reasonAgainst(ManagedDevice device) {
    OptionalLong filesystem = filesystemOf(device);
    for (Lost lost : waiting) {
      if (filesystem.isPresent() && filesystem.equals(lost.filesystem())) {
        return Optional.of(
            new Reason(
                Reason.Code.NO_ANSWER,
                "on the filesystem of "
                    + lost.standIn().name()
                    + ", which does not answer; left alone until it does"));
      }
    }
    return waiting.size() >= MOST_WAITING && !device.hasBeenSwept()
        ? Optional.of(
            new Reason(
                Reason.Code.NO_ANSWER,
                waiting.size() + " others do not answer; not looked at before one of them does"))
        : Optional.empty();
  }

  Totals totals() {
    return new Totals(waiting.size(), abandoned);
  }

  private static OptionalLong filesystemOf(ManagedDevice device) {
    return device.fileShare().stream().mapToLong(share -> share.file().device()).findFirst();
  }
}
