package io.fadvised.cli;

import io.fadvised.cli.StatusFinder.Findings;
import io.fadvised.json.JsonText;
import io.fadvised.policy.Reason;
import io.fadvised.status.DeviceStatus;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fadvised status}: shows the state of the daemon, or a measurement without one. */
@Command(
    name = "status",
    description = {
      "Shows the loop devices of this host, the lower cache of each, and why it is evicted or not.",
      "Asks the running daemon, which measures the devices that have had I/O. Without a daemon, or"
          + " with --config or --set, it measures every device by itself and evicts nothing. If a"
          + " daemon is running, but cannot be asked, the exit code is 1."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sudo fadvised status",
      "  sudo fadvised status loop3 /mnt/data",
      "  sudo fadvised status --by container",
      "  sudo fadvised status --json | jq '.devices[] | {device, residentBytes}'"
    })
final class StatusCommand implements Callable<Integer> {
  private static final Set<String> UNMEASURED =
      Set.of(Reason.Code.NOT_PERMITTED.label(), Reason.Code.UNMEASURABLE.label());

  private final World world;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..*",
      paramLabel = "DEVICE",
      description = "Show only these: " + Selection.DESCRIPTION)
  private List<String> devices = new ArrayList<>();

  @Option(names = "--json", description = "Print one JSON object; see fadvised-json(5).")
  private boolean json;

  @Option(
      names = "--by",
      paramLabel = "GROUP",
      description = {
        "Rows of the table: ${COMPLETION-CANDIDATES}. A container is a cgroup that is short of memory"
            + " at its limit."
      })
  private Grouping grouping = Grouping.DEVICE;

  @Mixin private SettingsOptions options = new SettingsOptions();

  StatusCommand(World world) {
    this.world = world;
  }

  @Override
  public Integer call() throws CommandFailedException, InterruptedException {
    PrintWriter err = spec.commandLine().getErr();
    Selection selection = Selection.of(devices, world, err);
    if (selection.isEmpty()) {
      return ExitCodes.FAILED;
    }
    Findings findings = new StatusFinder(world, options, err).find();
    show(findings, selection);
    return selection.isComplete() ? findings.exitCode() : ExitCodes.FAILED;
  }

  private void show(Findings findings, Selection selection) {
    PrintWriter out = spec.commandLine().getOut();
    warnOfUnmeasured(findings);
    List<DeviceStatus> shown = selection.of(findings.host().devices(), DeviceStatus::device);
    if (json) {
      if (!findings.note().isEmpty()) {
        spec.commandLine().getErr().println("fadvised: " + findings.note());
      }
      out.println(JsonText.formatted(findings.host().showing(shown)));
      return;
    }
    findings.lines(shown, grouping, world.terminal().columns()).forEach(out::println);
  }

  private void warnOfUnmeasured(Findings findings) {
    long unmeasured =
        findings.host().devices().stream()
            .filter(device -> UNMEASURED.contains(device.reasonCode()))
            .count();
    if (unmeasured > 0 && findings.host().daemon().isEmpty()) {
      spec.commandLine()
          .getErr()
          .println(
              "fadvised: without root the lower cache of "
                  + unmeasured
                  + (unmeasured == 1 ? " device" : " devices")
                  + " cannot be measured; use sudo");
    }
  }
}
