package io.fadvised.cli;

import io.fadvised.cli.StatusFinder.Findings;
import io.fadvised.cli.top.StatusSource;
import io.fadvised.cli.top.Top;
import io.fadvised.control.Answer;
import io.fadvised.control.DaemonUnavailableException;
import io.fadvised.control.Request;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fadvised top}: shows the status live. */
@Command(
    name = "top",
    description = {
      "Shows the running daemon live: pressure and its sources, memory, and for each loop device the"
          + " lower cache with its history.",
      "Without a daemon, or with --config or --set, it measures by itself and evicts nothing. If the"
          + " output is not a terminal, it prints the status once.",
      "Press h or ? for the keys."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  sudo fadvised top", "  sudo fadvised top --interval 5 --no-color"})
final class TopCommand implements Callable<Integer> {
  private static final int MAX_INTERVAL_SECONDS = 3600;

  private final World world;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--interval",
      paramLabel = "SECONDS",
      defaultValue = "1",
      description =
          "Seconds between updates, 1 to 3600; default: ${DEFAULT-VALUE}. With thousands of devices"
              + " up to five, so that updates take at most a twentieth of the time.")
  private int interval;

  @Option(
      names = "--no-color",
      description = "Use no colours (as does NO_COLOR in the environment).")
  private boolean noColor;

  @Mixin private SettingsOptions options = new SettingsOptions();

  TopCommand(World world) {
    this.world = world;
  }

  @Override
  public Integer call() throws CommandFailedException, InterruptedException {
    if (interval < 1 || interval > MAX_INTERVAL_SECONDS) {
      throw new ParameterException(
          spec.commandLine(),
          "--interval " + interval + " is not between 1 and " + MAX_INTERVAL_SECONDS);
    }
    StatusFinder finder = new StatusFinder(world, options, spec.commandLine().getErr());
    if (world.terminal().isInteractive() && !isDumb(terminalType())) {
      watch(finder);
    } else {
      Findings findings = finder.find();
      findings
          .lines(findings.host().devices(), Grouping.DEVICE, world.terminal().columns())
          .forEach(spec.commandLine().getOut()::println);
      return findings.exitCode();
    }
    return ExitCodes.DONE;
  }

  private void watch(StatusFinder finder) throws CommandFailedException, InterruptedException {
    boolean colour = !noColor && world.environment().getOrDefault("NO_COLOR", "").isEmpty();
    try {
      Top top = new Top(source(finder), Duration.ofSeconds(interval), colour);
      Signals.handle("TERM", top::quit); // quits only after the terminal is restored
      Signals.handle("HUP", top::quit);
      top.run(terminalType());
    } catch (IOException | IllegalStateException e) { // JLine throws both
      throw new CommandFailedException("this terminal cannot be used: " + Sentences.of(e), e);
    }
  }

  /** Returns the terminal type, see term(7). */
  private String terminalType() {
    return world.environment().getOrDefault("TERM", "");
  }

  private static boolean isDumb(String type) {
    return type.isEmpty() || type.equals("dumb");
  }

  private StatusSource source(StatusFinder finder) throws CommandFailedException {
    Optional<Answer> answer = options.isGiven() ? Optional.empty() : askVersion();
    return answer.isPresent()
        ? new DaemonSource(world.daemon(), answer.get())
        : new OwnSource(world.host().get(), finder.settings());
  }

  private Optional<Answer> askVersion() throws CommandFailedException {
    try {
      return world.daemon().ask(Request.VERSION);
    } catch (DaemonUnavailableException e) {
      throw new CommandFailedException(e.words(), e);
    }
  }
}
