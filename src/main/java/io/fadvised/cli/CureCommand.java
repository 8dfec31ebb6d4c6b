package io.fadvised.cli;

import io.fadvised.cli.cure.Bench;
import io.fadvised.cli.cure.CureRun;
import io.fadvised.cli.cure.HostBench;
import io.fadvised.directio.Attachment;
import io.fadvised.directio.CureStep;
import io.fadvised.directio.Diagnosis;
import io.fadvised.doctor.DeviceFindings;
import io.fadvised.doctor.Findings;
import io.fadvised.doctor.FindingsJson;
import io.fadvised.loop.Printable;
import io.fadvised.policy.Bytes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fadvised cure}: runs the commands that doctor prints, and takes them back on failure. */
@Command(
    name = "cure",
    description = {
      "Switches direct I/O on for a loop device, with the commands that \"fadvised doctor\" prints.",
      "Prints the plan and asks. If a command fails, or at SIGINT, SIGTERM or SIGHUP, it takes the"
          + " earlier ones back: everything is mounted again with the same options. Needs root, but"
          + " no daemon. Stop all programs that use the mounted filesystem first."
    },
    sortOptions = false,
    descriptionHeading = "%n",
    parameterListHeading = "%nParameters:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sudo fadvised cure --plan loop3",
      "  sudo fadvised cure --yes /mnt/data",
      "  sudo fadvised cure --watch --seconds 30 loop3",
      "",
      "Exit codes: 0 cured, healthy or only planned, 1 failed and everything is as",
      "before, 2 usage, 3 no safe cure, 4 failed and not as before, 130 stopped by a",
      "signal and everything is as before."
    })
final class CureCommand implements Callable<Integer> {
  /** Unmounting and mounting can take long: a disk writes what is dirty, a journal is replayed. */
  private static final Duration STEP_LIMIT = Duration.ofMinutes(2);

  private static final Duration SYNC_LIMIT = Duration.ofMinutes(10);

  private static final List<String> STOP_SIGNALS = List.of("INT", "TERM", "HUP");

  private static final int INDENT = 12;

  private final World world;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "1",
      paramLabel = "DEVICE",
      description =
          "A loop device (loop3, /dev/loop3), or anything on one (a partition, a mapped device, a"
              + " mounted directory).")
  private String target = "";

  @Option(names = "--plan", description = "Print the commands, and change nothing.")
  private boolean plan;

  @Option(names = "--yes", description = "Do not ask. Required without a terminal.")
  private boolean yes;

  @Option(
      names = "--watch",
      description = "Watch the host before and after, and compare: I/O wait, load, memory.")
  private boolean watch;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "10",
      description = "Seconds for each --watch, 1 to 60; default: ${DEFAULT-VALUE}.")
  private int seconds;

  /** The signal that asked to stop; empty before one arrives. */
  private volatile String stopSignal = "";

  CureCommand(World world) {
    this.world = world;
  }

  @Override
  public Integer call() throws IOException, InterruptedException, CommandFailedException {
    Examination.requireSeconds(seconds, spec.commandLine());
    if (plan && yes) {
      throw new ParameterException(spec.commandLine(), "--plan and --yes exclude each other");
    }
    if (world.host().get().kernel().credentials().userId() != 0) {
      throw new CommandFailedException("cure needs root; use sudo");
    }
    Selection selection = Selection.of(List.of(target), world, spec.commandLine().getErr());
    if (selection.isEmpty()) {
      return ExitCodes.FAILED;
    }
    String name = only(selection);
    Findings before = examine(name, watch && !plan ? seconds : 0);
    DeviceFindings found = only(before, name);
    Diagnosis diagnosis = found.diagnosis();
    if (diagnosis.cause().isHealthy()) {
      spec.commandLine().getOut().println(name + ": nothing to cure: " + diagnosis.words());
      return ExitCodes.DONE;
    }
    requireCure(found);
    printPlan(found);
    if (plan) {
      return ExitCodes.DONE;
    }
    if (!yes && !isConfirmed()) {
      throw new CommandFailedException(name + ": nothing was changed");
    }
    int exitCode = cure(found);
    if (watch && exitCode == ExitCodes.DONE) {
      prove(before, found);
    }
    return exitCode;
  }

  private static String only(Selection selection) throws CommandFailedException {
    List<String> names = selection.names().orElseThrow().stream().sorted().toList();
    if (names.size() > 1) {
      throw new CommandFailedException(
          "it is on " + String.join(", ", names) + "; cure them one by one");
    }
    return names.get(0);
  }

  private Findings examine(String name, int time) throws IOException, InterruptedException {
    return new Examination(world, spec.commandLine().getErr()).run(time, name::equals);
  }

  private static DeviceFindings only(Findings findings, String name) throws CommandFailedException {
    if (findings.devices().size() != 1) {
      throw new CommandFailedException(
          findings.problems().isEmpty()
              ? name + ": nothing is attached to " + name
              : String.join("; ", findings.problems()));
    }
    return findings.devices().get(0);
  }

  /** Refuses devices without steps, and those that the steps cannot restore. */
  private void requireCure(DeviceFindings found) throws CommandFailedException {
    Attachment attachment = found.attachment();
    String name = attachment.device().name();
    Diagnosis diagnosis = found.diagnosis();
    if (diagnosis.steps().isEmpty()) {
      throw CommandFailedException.refused(
          Stream.concat(
                  Stream.of(name + ": no safe cure: " + diagnosis.words()),
                  diagnosis.advice().stream())
              .toList());
    }
    if (!hasUnmount(diagnosis)) {
      return;
    }
    List<String> bound =
        attachment.mounts().stream()
            .filter(Attachment.Mount::bind)
            .map(mount -> Printable.of(mount.point()))
            .toList();
    if (!bound.isEmpty()) {
      throw CommandFailedException.refused(
          List.of(
              name
                  + ": no safe cure: its bind mounts cannot be made again; unmount them first: "
                  + String.join(", ", bound)));
    }
    Path here = Path.of("").toAbsolutePath();
    if (attachment.mounts().stream().anyMatch(mount -> here.startsWith(mount.point()))) {
      throw CommandFailedException.refused(
          List.of(name + ": the current directory is on it; change to another one first"));
    }
  }

  private static boolean hasUnmount(Diagnosis diagnosis) {
    return diagnosis.steps().stream().anyMatch(step -> step.action() == CureStep.Action.UNMOUNT);
  }

  private void printPlan(DeviceFindings found) {
    Diagnosis diagnosis = found.diagnosis();
    PrintWriter out = spec.commandLine().getOut();
    out.println(found.attachment().device().name() + ": " + diagnosis.words());
    print("plan", diagnosis.commands());
    int width = world.terminal().columns() - INDENT;
    diagnosis.advice().forEach(advice -> print("note", Lines.wrapped(advice, width)));
  }

  private void print(String label, List<String> lines) {
    PrintWriter out = spec.commandLine().getOut();
    for (int i = 0; i < lines.size(); i++) {
      out.println(String.format(Locale.ROOT, "  %-10s%s", i == 0 ? label : "", lines.get(i)));
    }
  }

  private boolean isConfirmed() throws IOException, CommandFailedException {
    if (!world.terminal().canAsk()) {
      throw new CommandFailedException(
          "nothing was changed: without a terminal to ask on, cure needs --yes");
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print("If a command fails, the earlier ones are taken back. Run them now? [y/N] ");
    out.flush();
    return readLine().strip().toLowerCase(Locale.ROOT).matches("y|yes");
  }

  /** Reads without a buffer, which would swallow the next line. */
  private static String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    int read = System.in.read();
    while (read >= 0 && read != '\n') {
      line.append((char) read);
      read = System.in.read();
    }
    return line.toString();
  }

  private int cure(DeviceFindings planned)
      throws IOException, InterruptedException, CommandFailedException {
    String path = world.environment().getOrDefault("PATH", "");
    requirePrograms(planned, new Programs(path, STEP_LIMIT));
    sync(planned, new Programs(path, SYNC_LIMIT));
    String name = planned.attachment().device().name();
    DeviceFindings found = only(examine(name, 0), name);
    requireUnchanged(planned, found);
    PrintWriter out = spec.commandLine().getOut();
    Bench bench =
        new HostBench(
            name,
            new Programs(path, STEP_LIMIT),
            world.directIo().get(),
            world.devices(),
            world.sysRoot(),
            world.procRoot());
    STOP_SIGNALS.forEach(signal -> Signals.handle(signal, () -> stopSignal = signal));
    CureRun.Outcome outcome =
        new CureRun(bench, attachment(bench, name), out::println, this::stopSignal)
            .run(found.diagnosis().steps());
    return report(name, found, outcome);
  }

  /** Reads it like later readings, which do not see loop devices on top. */
  private static Attachment attachment(Bench bench, String name)
      throws IOException, CommandFailedException {
    return bench
        .attachment()
        .orElseThrow(() -> new CommandFailedException(name + ": nothing was changed: detached"));
  }

  private Optional<String> stopSignal() {
    return Optional.of(stopSignal).filter(signal -> !signal.isEmpty());
  }

  /** Watches again. After an unmount, an operator starts the programs first. */
  private void prove(Findings before, DeviceFindings found)
      throws IOException, InterruptedException {
    STOP_SIGNALS.forEach(
        signal -> Signals.handle(signal, () -> System.exit(ExitCodes.INTERRUPTED)));
    PrintWriter out = spec.commandLine().getOut();
    out.println();
    if (hasUnmount(found.diagnosis())) {
      Lines.wrapped(
              "The unmount has emptied the upper cache, so the first reads come from the disk."
                  + " \"fadvised doctor --save FILE\" and \"--compare FILE\" compare at any time.",
              world.terminal().columns())
          .forEach(out::println);
      if (!yes) {
        out.print("Start the programs again, then press Enter to watch: ");
        out.flush();
        readLine();
      }
      out.println();
    }
    Findings after = examine(found.attachment().device().name(), seconds);
    new Comparison(FindingsJson.of(before), FindingsJson.of(after))
        .lines(world.terminal().columns())
        .forEach(out::println);
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

  private int report(String name, DeviceFindings before, CureRun.Outcome outcome)
      throws IOException, InterruptedException, CommandFailedException {
    PrintWriter err = spec.commandLine().getErr();
    return switch (outcome.result()) {
      case CURED -> {
        printCured(before, only(examine(name, 0), name));
        outcome
            .differences()
            .forEach(words -> err.println("fadvised: " + name + ": not as before: " + words));
        yield ExitCodes.DONE;
      }
      case AS_BEFORE -> {
        err.println("fadvised: " + name + ": not cured: " + outcome.failure());
        err.println("fadvised: " + name + ": everything is as before");
        yield stopSignal().isPresent() ? ExitCodes.INTERRUPTED : ExitCodes.FAILED;
      }
      case CHANGED -> {
        err.println("fadvised: " + name + ": not cured: " + outcome.failure());
        outcome
            .differences()
            .forEach(words -> err.println("fadvised: " + name + ": not as before: " + words));
        yield ExitCodes.CHANGED;
      }
    };
  }

  private void printCured(DeviceFindings before, DeviceFindings after) {
    List<String> words = new ArrayList<>();
    words.add("direct I/O is on");
    words.add("sector size " + after.attachment().device().logicalBlockBytes());
    if (!after.attachment().mounts().isEmpty()) {
      words.add(
          "mounted on "
              + after.attachment().mounts().stream()
                  .map(mount -> Printable.of(mount.point()))
                  .collect(Collectors.joining(", ")));
    }
    words.add(
        "lower cache "
            + Bytes.text(after.residentBytes())
            + " (before: "
            + Bytes.text(before.residentBytes())
            + ")");
    String text = after.attachment().device().name() + ": cured: " + String.join(", ", words);
    Lines.wrapped(text, world.terminal().columns()).forEach(spec.commandLine().getOut()::println);
  }
}
