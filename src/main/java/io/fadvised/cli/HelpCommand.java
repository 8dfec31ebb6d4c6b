package io.fadvised.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fadvised help}: shows the help of a command. */
@Command(
    name = "help",
    description = "Shows the help of a command, or lists the commands.",
    footerHeading = "%nExample:%n",
    footer = "  fadvised help status")
final class HelpCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..1",
      paramLabel = "COMMAND",
      description = "The command; default: list the commands.")
  private @Nullable String name;

  @Override
  public Integer call() {
    CommandLine fadvised = spec.commandLine().getParent();
    CommandLine shown = name == null ? fadvised : fadvised.getSubcommands().get(name);
    if (shown == null) {
      spec.commandLine()
          .getErr()
          .println("fadvised: " + Misuse.unknownCommand(fadvised, String.valueOf(name)));
      return ExitCodes.USAGE;
    }
    shown.usage(spec.commandLine().getOut());
    return ExitCodes.DONE;
  }
}
