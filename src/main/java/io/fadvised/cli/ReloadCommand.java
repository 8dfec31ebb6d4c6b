package io.fadvised.cli;

import io.fadvised.metrics.ControlMXBean;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code fadvised reload}: makes the running daemon read its configuration again. */
@Command(
    name = "reload",
    description = {
      "Makes the running daemon read its configuration file again.",
      "A file with problems is rejected: all problems are printed, the settings in force stay, and"
          + " the exit code is 78.",
      "The daemon is found by /run/fadvised/fadvised.pid, or else among the JVMs of this host."
          + " FADVISED_PID_FILE names another file; then no other daemon is used."
    },
    sortOptions = false,
    descriptionHeading = "%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExample:%n",
    footer = "  fadvised check-config && sudo fadvised reload")
final class ReloadCommand implements Callable<Integer> {
  private final World world;
  @Spec private CommandSpec spec = CommandSpec.create();

  ReloadCommand(World world) {
    this.world = world;
  }

  @Override
  public Integer call() throws CommandFailedException {
    Optional<Long> process = world.daemons().find();
    if (process.isEmpty()) {
      throw new CommandFailedException(
          "no daemon that this user can reach is running; nothing to reload");
    }
    try {
      String answer = world.daemons().ask(process.get(), ControlMXBean::reload);
      spec.commandLine().getOut().println(answer);
      return ExitCodes.DONE;
    } catch (IllegalArgumentException e) {
      throw CommandFailedException.rejected(String.valueOf(e.getMessage()), e);
    } catch (IllegalStateException e) {
      throw new CommandFailedException("the daemon reports: " + e.getMessage(), e);
    } catch (DaemonUnavailableException e) {
      throw new CommandFailedException(e.words(), e);
    }
  }
}
