package io.fadvised.cli;

import io.fadvised.control.Answer;
import io.fadvised.control.DaemonUnavailableException;
import io.fadvised.control.Request;
import io.fadvised.status.HostStatus;
import java.net.SocketTimeoutException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fadvised check}: reports the health of the daemon to a monitoring system. */
@Command(
    name = "check",
    description = {
      "Checks the running daemon for Nagios, Icinga and others that run its plugins.",
      "Prints one line with figures. The exit code is 0 (OK), 1 (WARNING), 2 (CRITICAL) or 3"
          + " (UNKNOWN)."
    },
    exitCodeOnInvalidInput = 3,
    exitCodeOnExecutionException = 3,
    footerHeading = "%nThresholds:%n",
    footer = {
      "  CRITICAL  no daemon runs; it does not answer within 10 s; its status is older",
      "            than 30 s; or no device can be evicted, since all are out of reach",
      "  WARNING   a backing file is out of reach; eviction of a device is paused",
      "            because its pages were read back; the lower cache is over twice its",
      "            budget at a pressure above 50 %%, twice within 5 s; or an operator",
      "            paused the daemon",
      "  UNKNOWN   this user may not ask the daemon, or its answer is invalid",
      "",
      "Examples:",
      "  sudo fadvised check",
      "  sudo fadvised check --npd    for node-problem-detector of Kubernetes"
    })
final class CheckCommand implements Callable<Integer> {
  /** About ten sweeps of a busy device. */
  private static final Duration RECHECK = Duration.ofSeconds(5);

  private final World world;
  private final Duration recheck;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--npd",
      description =
          "Exit with the codes of node-problem-detector, and print no figures: 0 for OK, 1 for"
              + " WARNING and CRITICAL, 2 for UNKNOWN.")
  private boolean npd;

  CheckCommand(World world) {
    this(world, RECHECK);
  }

  /**
   * @param recheck time until a lower cache over its budget is checked again
   */
  CheckCommand(World world, Duration recheck) {
    this.world = world;
    this.recheck = recheck;
  }

  @Override
  public Integer call() throws InterruptedException {
    Health health = check();
    spec.commandLine().getOut().println(npd ? health.withoutFigures().line() : health.line());
    return npd ? health.state().npdCode : health.state().exitCode;
  }

  private Health check() throws InterruptedException {
    try {
      Optional<Answer> answer = world.daemon().ask(Request.STATUS);
      if (answer.flatMap(Answer::status).filter(Health::isOverBudget).isPresent()) {
        Thread.sleep(recheck.toMillis());
        answer = world.daemon().ask(Request.STATUS);
      }
      if (answer.isEmpty()) {
        return Health.critical("no daemon is running");
      }
      Optional<HostStatus> status = answer.get().status();
      return status.isPresent()
          ? Health.of(status.get(), Instant.now())
          : Health.unknown("the daemon reports: " + answer.get().words());
    } catch (DaemonUnavailableException e) {
      return e.getCause() instanceof SocketTimeoutException
          ? Health.critical(e.words())
          : Health.unknown(e.words());
    } catch (DateTimeException e) {
      return Health.unknown("the daemon returned an invalid time: " + e.getMessage());
    }
  }
}
