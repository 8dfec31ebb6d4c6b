package io.fadvised.cli;

import io.fadvised.config.Settings;
import io.fadvised.metrics.ControlMXBean;
import io.fadvised.policy.Reason;
import io.fadvised.status.HostStatus;
import io.fadvised.status.StatusJson;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fadvised status}: what the daemon knows; without one, what there is to see just now. */
@Command(
    name = "status",
    description = {
      "Shows the loop devices of this host, the lower cache of each, and why it is evicted or left"
          + " alone.",
      "Asks the running daemon. Without one, or with --config or --set, it measures by itself, once,"
          + " and evicts nothing.",
      "The daemon is the one of /run/fadvised/fadvised.pid, else one that shows among the JVMs of"
          + " this host; with FADVISED_PID_FILE, the one of that file and no other."
    },
    sortOptions = false,
    descriptionHeading = "%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sudo fadvised status",
      "  sudo fadvised status --json | jq '.[] | {device, residentBytes}'"
    })
final class StatusCommand implements Callable<Integer> {
  private static final Set<String> NOT_TOLD =
      Set.of(Reason.Code.NOT_PERMITTED.label(), Reason.Code.UNMEASURABLE.label());

  private final World world;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--json", description = "Print a JSON array with one object for each device.")
  private boolean json;

  @Mixin private SettingsOptions options = new SettingsOptions();

  StatusCommand(World world) {
    this.world = world;
  }

  /**
   * What is known.
   *
   * @param host the host and its devices
   * @param fromDaemon whether a daemon said so
   * @param note what the reader must know about where it comes from; may be empty
   */
  private record Findings(HostStatus host, boolean fromDaemon, String note) {}

  @Override
  public Integer call() throws CommandFailedException, InterruptedException {
    show(find());
    return ExitCodes.DONE;
  }

  private Findings find() throws CommandFailedException, InterruptedException {
    if (options.isGiven()) {
      return look("measured just now with the settings given, no daemon asked, nothing is evicted");
    }
    Optional<Long> process = world.daemons().find();
    if (process.isEmpty()) {
      return look("no daemon is running: measured just now, nothing is evicted");
    }
    try {
      String status = world.daemons().ask(process.get(), ControlMXBean::status);
      return new Findings(StatusJson.parseHost(status), true, "");
    } catch (NoAnswerException e) {
      return look(e.words() + ": measured just now, nothing is evicted");
    } catch (IllegalArgumentException | IllegalStateException e) {
      return look(
          "a daemon is running (process "
              + process.get()
              + ") but gave no status that can be shown ("
              + e.getMessage()
              + "): measured just now, nothing is evicted");
    }
  }

  private Findings look(String note) throws CommandFailedException, InterruptedException {
    return new Findings(new HostLook(world.host().get()).look(settings()), false, note);
  }

  /** A broken file that nobody asked for must not keep the operator from seeing the host. */
  private Settings settings() throws CommandFailedException {
    try {
      return options.load(world.configFiles()).settings();
    } catch (CommandFailedException e) {
      if (options.isGiven()) {
        throw e;
      }
      PrintWriter err = spec.commandLine().getErr();
      e.sentences().forEach(problem -> err.println("fadvised: " + problem));
      err.println("fadvised: the configuration cannot be used, going on with the defaults");
      return SettingsOptions.load(Optional.empty(), List.of()).settings();
    }
  }

  private void show(Findings findings) {
    PrintWriter out = spec.commandLine().getOut();
    tellWhatIsHidden(findings);
    if (json) {
      out.println(StatusJson.formatted(findings.host().devices()));
      return;
    }
    int width = world.terminal().columns();
    if (!findings.note().isEmpty()) {
      Lines.wrapped(findings.note(), width).forEach(out::println);
      out.println();
    }
    new StatusText(findings.host(), findings.fromDaemon(), width).lines().forEach(out::println);
  }

  private void tellWhatIsHidden(Findings findings) {
    long hidden =
        findings.host().devices().stream()
            .filter(device -> NOT_TOLD.contains(device.reasonCode()))
            .count();
    if (hidden > 0 && !findings.fromDaemon()) {
      spec.commandLine()
          .getErr()
          .println(
              "fadvised: without root the lower cache of "
                  + hidden
                  + (hidden == 1 ? " device" : " devices")
                  + " cannot be measured; run it with sudo to see it");
    }
  }
}
