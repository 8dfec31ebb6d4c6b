package io.fadvised.cli;

import io.fadvised.cli.cure.Bench;
import io.fadvised.cli.cure.CureRun;
import io.fadvised.cli.cure.HostBench;
import io.fadvised.directio.Attachment;
import io.fadvised.directio.CureStep;
import io.fadvised.doctor.DeviceFindings;
import io.fadvised.loop.Printable;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Runs a plan on this host, unless something has changed since it was made. */
final class CureAttempt {
  /** Unmounting and mounting can take long: a disk writes what is dirty, a journal is replayed. */
  private static final Duration STEP_LIMIT = Duration.ofMinutes(2);

  private static final Duration SYNC_LIMIT = Duration.ofMinutes(10);

  private static final List<String> STOP_SIGNALS = List.of("INT", "TERM", "HUP");

  private final World world;
  private final PrintWriter out;
  private final Examination examination;

  /** The signal that asked to stop; empty before one arrives. */
  private volatile String stopSignal = "";

  CureAttempt(World world, PrintWriter out, Examination examination) {
    this.world = world;
    this.out = out;
    this.examination = examination;
  }

  /**
   * Runs the steps. From its first step on, signals take the earlier steps back.
   *
   * @throws CommandFailedException if nothing was changed
   */
  CureRun.Outcome run(DeviceFindings planned)
      throws IOException, InterruptedException, CommandFailedException {
    String path = world.searchPath();
    requirePrograms(planned, new Programs(path, STEP_LIMIT));
    sync(planned, new Programs(path, SYNC_LIMIT));
    String name = planned.attachment().device().name();
    DeviceFindings found = examination.device(name);
    requireUnchanged(planned, found);
    Bench bench =
        new HostBench(
            name,
            new Programs(path, STEP_LIMIT),
            world.directIo().get(),
            world.devices(),
            world.sysRoot(),
            world.procRoot());
    STOP_SIGNALS.forEach(signal -> Signals.handle(signal, () -> stopSignal = signal));
    return new CureRun(bench, attachment(bench, name), out::println, this::stopSignal)
        .run(found.diagnosis().steps());
  }

  /** Lets signals end the program after the cure: there is nothing to take back. */
  static void endAtSignals() {
    STOP_SIGNALS.forEach(signal -> Signals.handle(signal, () -> System.exit(ExitCodes.DONE)));
  }

  boolean isStopped() {
    return stopSignal().isPresent();
  }

  private Optional<String> stopSignal() {
    return Optional.of(stopSignal).filter(signal -> !signal.isEmpty());
  }

  /** Reads it like later readings, which do not see loop devices on top. */
  private static Attachment attachment(Bench bench, String name)
      throws IOException, CommandFailedException {
    return bench
        .attachment()
        .orElseThrow(() -> new CommandFailedException(name + ": nothing was changed: detached"));
  }

  private static void requirePrograms(DeviceFindings found, Programs programs)
      throws CommandFailedException {
    List<String> missing =
        found.diagnosis().steps().stream()
            .flatMap(step -> Stream.concat(Stream.of(step.command()), step.undo().stream()))
            .map(command -> command.get(0))
            .distinct()
            .filter(program -> programs.find(program).isEmpty())
            .toList();
    if (!missing.isEmpty()) {
      throw new CommandFailedException(
          "nothing was changed: not installed: " + String.join(", ", missing));
    }
  }

  /** Writes dirty data, so that unmounting does not have to wait for it and finds errors now. */
  private void sync(DeviceFindings found, Programs programs)
      throws CommandFailedException, InterruptedException {
    if (programs.find("sync").isEmpty()) {
      return;
    }
    for (Attachment.Mount mount : found.attachment().mounts()) {
      try {
        programs.run("sync", "-f", mount.point());
      } catch (Programs.FailedException e) {
        throw new CommandFailedException("nothing was changed: " + Printable.of(e.output()), e);
      }
    }
  }

  private static void requireUnchanged(DeviceFindings planned, DeviceFindings found)
      throws CommandFailedException {
    boolean same =
        planned.attachment().device().isSameAttachment(found.attachment().device())
            && planned.file().equals(found.file())
            && essential(planned).equals(essential(found));
    if (!same) {
      throw new CommandFailedException(
          found.attachment().device().name()
              + ": nothing was changed: the device or its use has changed since the plan; run it"
              + " again");
    }
  }

  /** The steps without the eviction, which depends on what is cached at the moment. */
  private static List<CureStep> essential(DeviceFindings found) {
    return found.diagnosis().steps().stream()
        .filter(step -> step.action() != CureStep.Action.EVICT)
        .toList();
  }
}
