package io.fadvised.cli;

import io.fadvised.cli.cure.CureRun;
import io.fadvised.directio.MountUsers;
import io.fadvised.doctor.DeviceFindings;
import io.fadvised.doctor.Findings;
import io.fadvised.doctor.FindingsJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
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
          + " earlier ones back: everything is mounted again with the same options and"
          + " propagation. Needs root, but no daemon. Stop all programs that use the mounted"
          + " filesystem before you answer."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sudo fadvised cure --plan loop3",
      "  sudo fadvised cure --yes /mnt/data",
      "  sudo fadvised cure --persist loop3",
      "  sudo fadvised cure --watch --seconds 30 loop3",
      "",
      "Exit codes: 0 cured, healthy or only planned, 1 failed and everything is as",
      "before, 2 usage, 3 no safe cure or none that lasts, 4 failed and not as before",
      "or cured but not for good, 130 stopped by a signal and everything is as before."
    })
final class CureCommand implements Callable<Integer> {
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
      names = "--persist",
      description =
          "Also make it last: by a rule for udev, or by a unit for systemd where larger sectors are"
              + " needed.")
  private boolean persist;

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

  CureCommand(World world) {
    this.world = world;
  }

  @Override
  public Integer call() throws IOException, InterruptedException, CommandFailedException {
    requireUsage();
    Selection selection = Selection.of(List.of(target), world, spec.commandLine().getErr());
    if (selection.isEmpty()) {
      return ExitCodes.FAILED;
    }
    String name = only(selection);
    Examination examination = new Examination(world, spec.commandLine().getErr());
    PrintWriter out = spec.commandLine().getOut();
    boolean isWatched = watch && canRun();
    if (canRun()) {
      endAtInterrupt("\nfadvised: " + name + ": nothing was changed");
    }
    if (isWatched) {
      out.println(
          name + ": watching for " + seconds + " s" + (yes ? "" : "; let its programs run"));
      out.flush();
    }
    Findings before = examination.run(isWatched ? seconds : 0, name::equals);
    DeviceFindings found = Examination.only(before, name);
    CurePlan curePlan =
        new CurePlan(
            found,
            persist ? Optional.of(CurePersistence.of(found, world)) : Optional.empty(),
            isWatched && !yes);
    if (curePlan.isDone()) {
      out.println(name + ": nothing to cure: " + found.diagnosis().words());
      return ExitCodes.DONE;
    }
    curePlan.requireSafe();
    List<String> users =
        curePlan.unmounts() ? MountUsers.of(found.attachment(), world.procRoot()) : List.of();
    curePlan.lines(users, columns()).forEach(out::println);
    if (plan) {
      return ExitCodes.DONE;
    }
    requireConfirmation(name);
    if (curePlan.isHealthy()) {
      endAtInterrupt(""); // writes a file
    }
    int exitCode = curePlan.isHealthy() ? ExitCodes.DONE : cure(found, examination);
    if (exitCode == ExitCodes.DONE) {
      makeLast(curePlan);
      if (watch) {
        prove(before, curePlan, examination);
      }
    }
    return exitCode;
  }

  private void requireUsage() throws CommandFailedException {
    Examination.requireSeconds(seconds, spec.commandLine());
    if (plan && yes) {
      throw new ParameterException(spec.commandLine(), "--plan and --yes exclude each other");
    }
    if (world.host().get().kernel().credentials().userId() != 0) {
      throw new CommandFailedException("cure needs root; use sudo");
    }
  }

  private boolean canRun() {
    return !plan && (yes || world.terminal().canAsk());
  }

  private static String only(Selection selection) throws CommandFailedException {
    List<String> names = selection.names().orElseThrow().stream().sorted().toList();
    if (names.size() > 1) {
      throw new CommandFailedException(
          "it is on " + String.join(", ", names) + "; cure them one by one");
    }
    return names.get(0);
  }

  /** Makes Ctrl-C end the program with these words, until the first step of a cure. */
  private void endAtInterrupt(String words) {
    Signals.handle(
        "INT",
        () -> {
          spec.commandLine().getErr().println(words);
          System.exit(ExitCodes.INTERRUPTED);
        });
  }

  private void requireConfirmation(String name) throws IOException, CommandFailedException {
    if (yes) {
      return;
    }
    if (!world.terminal().canAsk()) {
      throw new CommandFailedException(
          "nothing was changed: without a terminal to ask on, cure needs --yes");
    }
    if (!new Prompt(spec.commandLine().getOut())
        .confirms("If a command fails, the earlier ones are taken back. Run them now?")) {
      throw new CommandFailedException(name + ": nothing was changed");
    }
  }

  private int cure(DeviceFindings found, Examination examination)
      throws IOException, InterruptedException, CommandFailedException {
    PrintWriter out = spec.commandLine().getOut();
    String name = found.attachment().device().name();
    CureAttempt attempt = new CureAttempt(world, out, examination);
    CureRun.Outcome outcome = attempt.run(found);
    CureReport report = new CureReport(out, spec.commandLine().getErr(), columns());
    return switch (outcome.result()) {
      case CURED -> {
        report.cured(found, examination.device(name), outcome);
        yield ExitCodes.DONE;
      }
      case AS_BEFORE -> {
        report.notCured(name, outcome);
        yield attempt.isStopped() ? ExitCodes.INTERRUPTED : ExitCodes.FAILED;
      }
      case CHANGED -> {
        report.notCured(name, outcome);
        yield ExitCodes.CHANGED;
      }
    };
  }

  private void makeLast(CurePlan cured) throws CommandFailedException, InterruptedException {
    if (cured.persistence().isEmpty()) {
      return;
    }
    try {
      Lines.wrapped(cured.persistence().get().install(), columns())
          .forEach(spec.commandLine().getOut()::println);
    } catch (IOException e) {
      throw CommandFailedException.changed("cured, but it does not last: " + Sentences.of(e), e);
    }
  }

  /** Watches again. After an unmount, an operator starts the programs first. */
  private void prove(Findings before, CurePlan cured, Examination examination)
      throws IOException, InterruptedException {
    CureAttempt.endAtSignals();
    PrintWriter out = spec.commandLine().getOut();
    out.println();
    if (cured.unmounts()) {
      Lines.wrapped(
              "The unmount has emptied the upper cache, so the first reads come from the disk."
                  + " \"fadvised doctor --save FILE\" and \"--compare FILE\" compare at any time.",
              columns())
          .forEach(out::println);
      if (!yes) {
        new Prompt(out).awaitEnter("Start the programs again, then press Enter to watch");
      }
      out.println();
    }
    String name = cured.found().attachment().device().name();
    Findings after = examination.run(seconds, name::equals);
    new Comparison(FindingsJson.of(before), FindingsJson.of(after))
        .lines(columns())
        .forEach(out::println);
  }

  private int columns() {
    return world.terminal().columns();
  }
}
