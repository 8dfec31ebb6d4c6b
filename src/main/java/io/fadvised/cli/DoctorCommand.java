package io.fadvised.cli;

import io.fadvised.doctor.Doctor;
import io.fadvised.doctor.Findings;
import io.fadvised.doctor.FindingsJson;
import io.fadvised.json.JsonText;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fadvised doctor}: reports double caching, its causes and fixes. */
@Command(
    name = "doctor",
    description = {
      "Reports which loop devices are cached twice, why, and which commands fix it.",
      "Watches the host for some seconds, then examines each loop device. Changes nothing, and needs"
          + " no daemon. Without root it lists the devices that it cannot examine."
    },
    sortOptions = false,
    descriptionHeading = "%n",
    parameterListHeading = "%nParameters:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sudo fadvised doctor",
      "  sudo fadvised doctor loop3 /mnt/data",
      "  sudo fadvised doctor --json | jq -r '.devices[].commands | join(\" && \")'",
      "",
      "Exit codes: 0 healthy, 1 failed, 2 usage, 3 not healthy or not examined."
    })
final class DoctorCommand implements Callable<Integer> {
  private static final int MAX_SECONDS = 60;

  private final World world;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..*",
      paramLabel = "DEVICE",
      description = "Show only these: " + Selection.DESCRIPTION)
  private List<String> names = new ArrayList<>();

  @Option(names = "--json", description = "Print one JSON object; see fadvised-json(5).")
  private boolean json;

  @Option(
      names = "--all",
      description = "Show each device; otherwise more than ten are summed up by cause.")
  private boolean all;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Seconds to watch, 1 to 60; default: ${DEFAULT-VALUE}.")
  private int seconds;

  DoctorCommand(World world) {
    this.world = world;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (seconds < 1 || seconds > MAX_SECONDS) {
      throw new ParameterException(
          spec.commandLine(), "--seconds " + seconds + " is not between 1 and " + MAX_SECONDS);
    }
    Selection selection = Selection.of(names, world, spec.commandLine().getErr());
    if (selection.isEmpty()) {
      return ExitCodes.FAILED;
    }
    Doctor doctor =
        new Doctor(
            world.host().get(),
            world.directIo().get(),
            world.devices(),
            world.sysRoot(),
            world.procRoot());
    Findings findings =
        doctor.examine(Duration.ofSeconds(seconds), selection::has, this::printProgress);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(JsonText.formatted(FindingsJson.of(findings)));
    } else {
      new DoctorText(findings, world.terminal().columns(), all).lines().forEach(out::println);
    }
    if (!selection.isComplete()) {
      return ExitCodes.FAILED;
    }
    return findings.isHealthy() ? ExitCodes.DONE : ExitCodes.NOT_HEALTHY;
  }

  /** Updates one line on a terminal and clears it before the findings are printed. */
  private void printProgress(Duration soFar) {
    if (!world.terminal().isInteractive()) {
      return;
    }
    PrintWriter err = spec.commandLine().getErr();
    boolean over = soFar.toSeconds() >= seconds;
    err.print(
        over
            ? "\r" + " ".repeat(40) + "\r"
            : "\rwatching: " + soFar.toSeconds() + " of " + seconds + " s");
    err.flush();
  }
}
