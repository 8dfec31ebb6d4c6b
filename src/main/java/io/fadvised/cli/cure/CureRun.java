package io.fadvised.cli.cure;

import io.fadvised.cli.Programs;
import io.fadvised.directio.Attachment;
import io.fadvised.directio.CureStep;
import io.fadvised.directio.CureStep.Action;
import io.fadvised.loop.Printable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Runs the steps of a cure. If one fails, takes the earlier ones back in reverse order. Whether the
 * device is as before is read from the kernel, not concluded from exit codes.
 */
public final class CureRun {
  private final Bench bench;
  private final Attachment before;
  private final Consumer<String> log;
  private final Supplier<Optional<String>> stop;

  /** The step that makes the kernel detach the device at its last unmount; empty if none does. */
  private Optional<CureStep> detaching = Optional.empty();

  /** The end of a run. */
  public enum Result {
    /** Direct I/O is on, and everything is mounted again. */
    CURED,
    /** A step failed. Everything is as before the run. */
    AS_BEFORE,
    /** A step failed, and not everything could be taken back. */
    CHANGED
  }

  /**
   * The end of a run, in words.
   *
   * @param failure the reason why it is not cured; empty if it is
   * @param differences what is not as before
   */
  public record Outcome(Result result, String failure, List<String> differences) {
    public Outcome {
      differences = List.copyOf(differences);
    }
  }

  /** A step cannot be run, or the device is not as the step should have left it. */
  private static final class StoppedException extends Exception {
    StoppedException(String words) {
      super(words);
    }
  }

  /**
   * @param before the device before the run
   * @param log receives a line for each step before it runs, and the output of a failed one
   * @param stop the name of a signal that asks to stop; empty before one arrives
   */
  public CureRun(
      Bench bench, Attachment before, Consumer<String> log, Supplier<Optional<String>> stop) {
    this.bench = bench;
    this.before = before;
    this.log = log;
    this.stop = stop;
  }

  public Outcome run(List<CureStep> steps) {
    detaching =
        steps.stream().filter(step -> step.action() == Action.DETACH_AT_UNMOUNT).findFirst();
    Deque<CureStep> done = new ArrayDeque<>();
    try {
      for (CureStep step : steps) {
        switch (step.action()) {
          case EVICT -> evict(step);
          case DETACH_AT_UNMOUNT -> {} // when nothing has to be taken back any more
          default -> run(step, done);
        }
      }
      return new Outcome(Result.CURED, "", differencesOfCured());
    } catch (StoppedException e) {
      return takeBack(done, String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) {
      takeBack(done, e.toString());
      throw e;
    }
  }

  /** The first line of the output of a failed step is in the reason. */
  private void run(CureStep step, Deque<CureStep> done) throws StoppedException {
    requireNoSignal();
    prepare(step);
    log.accept("  " + step.text());
    try {
      bench.run(step.command());
      done.push(step);
    } catch (Programs.FailedException e) {
      if (!e.hasEnded()) {
        done.push(step); // may have had its effect
      }
      requireNoSignal(); // Ctrl-C also reaches the program of the step
      e.output().lines().skip(1).forEach(line -> log.accept("    " + Printable.of(line)));
      throw new StoppedException(step.text() + ": " + Printable.of(String.valueOf(e.getMessage())));
    } catch (InterruptedException e) {
      done.push(step);
      throw new StoppedException("interrupted");
    }
  }

  private void requireNoSignal() throws StoppedException {
    Optional<String> signal = stop.get();
    if (signal.isPresent()) {
      throw new StoppedException("stopped by SIG" + signal.get());
    }
  }

  /** Evicts the rest. The device is cured without it, so a failure does not matter. */
  private void evict(CureStep step) throws StoppedException {
    requireCured();
    log.accept("  " + step.text());
    try {
      bench.run(step.command());
    } catch (Programs.FailedException e) {
      e.output().lines().forEach(line -> log.accept("    " + Printable.of(line)));
    } catch (InterruptedException e) {
      log.accept("    interrupted");
    }
  }

  private void prepare(CureStep step) throws StoppedException {
    if (step.action() == Action.SET_SECTORS) {
      Optional<String> hindrance = heldBy();
      if (hindrance.isPresent()) {
        throw new StoppedException(hindrance.get());
      }
    }
    if (step.action() == Action.ATTACH && !bench.awaitDetached()) {
      throw new StoppedException(
          before.node() + " was not detached at its last unmount: another program has it open");
    }
  }

  /** Changing the sectors of a held device fails only from 6.17 on; before, it breaks the mount. */
  private Optional<String> heldBy() {
    try {
      return bench.awaitFree()
          ? Optional.empty()
          : Optional.of(
              before.node()
                  + " is still in use: mounted in another mount namespace, or opened exclusively");
    } catch (IOException e) {
      return Optional.of(before.node() + ": " + e.getMessage());
    }
  }

  private List<String> differencesOfCured() throws StoppedException {
    requireCured();
    restoreAutoclear();
    return differencesOfMounts(requireCured());
  }

  /**
   * Makes the kernel detach the device at its last unmount, if it did before. Detaching a mounted
   * device has just this effect, see loop(4).
   */
  private void restoreAutoclear() {
    try {
      Optional<Attachment> now = bench.attachment();
      if (detaching.isPresent()
          && now.isPresent()
          && !now.get().autoclear()
          && now.get().mounts().stream().anyMatch(before.mounts()::contains)) {
        List<String> command = detaching.get().command();
        log.accept("  " + CureStep.text(command));
        bench.run(command);
      }
    } catch (IOException | InterruptedException e) {
      log.accept("    " + e.getMessage()); // the comparison with before reports it
    }
  }

  /** Checks the result, since losetup(8) can succeed without effect. */
  private Attachment requireCured() throws StoppedException {
    Optional<Attachment> now = attachment();
    if (now.isEmpty() || !now.get().device().hasDirectIo()) {
      throw new StoppedException("all commands succeeded, but direct I/O is not on");
    }
    for (Attachment.Mount mount : before.mounts()) {
      if (!isMounted(now.get(), mount.point())) {
        throw new StoppedException(
            "all commands succeeded, but "
                + Printable.of(mount.point())
                + " is no longer mounted: another program unmounted it");
      }
    }
    return now.get();
  }

  private Optional<Attachment> attachment() throws StoppedException {
    try {
      return bench.attachment();
    } catch (IOException e) {
      throw new StoppedException(before.node() + ": " + e.getMessage());
    }
  }

  private Outcome takeBack(Deque<CureStep> done, String failure) {
    List<String> problems = new ArrayList<>();
    if (!done.isEmpty()) {
      log.accept("Taking the earlier steps back:");
    }
    for (CureStep step : done) {
      if (isInEffect(step)) {
        takeBack(step, problems);
      }
    }
    restoreAutoclear();
    List<String> differences = differences();
    problems.addAll(differences);
    return differences.isEmpty()
        ? new Outcome(Result.AS_BEFORE, failure, List.of())
        : new Outcome(Result.CHANGED, failure, problems);
  }

  private void takeBack(CureStep step, List<String> problems) {
    Optional<String> hindrance = step.action() == Action.SET_SECTORS ? heldBy() : Optional.empty();
    if (hindrance.isPresent()) {
      problems.add(hindrance.get());
      return;
    }
    for (List<String> command : step.undo()) {
      String text = CureStep.text(command);
      log.accept("  " + text);
      try {
        bench.run(command);
      } catch (Programs.FailedException e) {
        e.output().lines().forEach(line -> log.accept("    " + Printable.of(line)));
        problems.add("failed: " + text);
      } catch (InterruptedException e) {
        problems.add("interrupted: " + text);
      }
    }
    if (step.action() == Action.ATTACH && !bench.awaitDetached()) {
      problems.add(before.node() + " is still attached");
    }
  }

  /** Returns whether there is something to take back; true if that is unknown. */
  private boolean isInEffect(CureStep step) {
    String point = step.command().get(step.command().size() - 1);
    try {
      boolean mounted = bench.attachment().filter(now -> isMounted(now, point)).isPresent();
      return switch (step.action()) {
        case MOUNT -> mounted;
        case UNMOUNT -> !mounted;
        default -> true;
      };
    } catch (IOException e) {
      return true;
    }
  }

  private static boolean isMounted(Attachment attachment, String point) {
    return attachment.mounts().stream().anyMatch(mount -> mount.point().equals(point));
  }

  private List<String> differences() {
    Optional<Attachment> now;
    try {
      now = bench.attachment();
    } catch (IOException e) {
      return List.of(before.node() + ": " + e.getMessage());
    }
    if (now.isEmpty()) {
      return List.of(before.node() + " is detached");
    }
    List<String> differences = new ArrayList<>();
    compare("backing file", before.device().backingPath(), now.get().device().backingPath())
        .ifPresent(differences::add);
    compare(
            "sector size",
            before.device().logicalBlockBytes(),
            now.get().device().logicalBlockBytes())
        .ifPresent(differences::add);
    compare("direct I/O", onOff(before), onOff(now.get())).ifPresent(differences::add);
    differences.addAll(differencesOfMounts(now.get()));
    return differences;
  }

  private static String onOff(Attachment attachment) {
    return attachment.device().hasDirectIo() ? "on" : "off";
  }

  private static Optional<String> compare(String what, Object before, Object now) {
    return before.equals(now)
        ? Optional.empty()
        : Optional.of(what + " is " + now + ", was " + before);
  }

  private List<String> differencesOfMounts(Attachment now) {
    List<String> differences = new ArrayList<>();
    for (Attachment.Mount mount : before.mounts()) {
      if (!now.mounts().contains(mount)) {
        differences.add(difference(mount, now));
      }
    }
    if (before.autoclear() && !now.autoclear()) {
      differences.add(before.node() + " is no longer detached at its last unmount");
    }
    return differences;
  }

  private static String difference(Attachment.Mount mount, Attachment now) {
    String point = Printable.of(mount.point());
    return now.mounts().stream()
        .filter(other -> other.point().equals(mount.point()))
        .findFirst()
        .map(other -> point + " is mounted with " + other.options() + ", was " + mount.options())
        .orElse(point + " is not mounted");
  }
}
