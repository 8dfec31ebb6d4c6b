package io.fadvised.cli;

import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Assembles the commands and maps each failure to sentences and an exit code. */
final class CommandLines {
  private CommandLines() {}

  static CommandLine of(World world) {
    CommandLine fadvised =
        new CommandLine(new FadvisedCommand())
            .addSubcommand(new RunCommand(world))
            .addSubcommand(new StatusCommand(world))
            .addSubcommand(new TopCommand(world))
            .addSubcommand(new MetricsCommand(world))
            .addSubcommand(new CheckCommand(world))
            .addSubcommand(new DoctorCommand(world))
            .addSubcommand(new CureCommand(world))
            .addSubcommand(new ResidencyCommand(world))
            .addSubcommand(new EvictCommand(world))
            .addSubcommand(new CheckConfigCommand(world))
            .addSubcommand(new ReloadCommand(world))
            .addSubcommand(new SweepCommand(world))
            .addSubcommand(new PauseCommand(world))
            .addSubcommand(new ResumeCommand(world))
            .addSubcommand(new DemoCommand(world))
            .addSubcommand(new HelpCommand())
            .setExpandAtFiles(false) // a target may start with @
            .setUsageHelpWidth(Terminal.DEFAULT_COLUMNS)
            .setParameterExceptionHandler(CommandLines::misused)
            .setExecutionExceptionHandler(
                (e, command, parsed) -> failed(e, command, parsed, world.environment()));
    layOut(fadvised);
    fadvised.getSubcommands().values().forEach(CommandLines::layOut);
    return fadvised;
  }

  /** Sets the headings that the help of all commands has in common. */
  private static void layOut(CommandLine command) {
    command
        .getCommandSpec()
        .usageMessage()
        .sortOptions(false)
        .descriptionHeading("%n")
        .parameterListHeading("%nParameters:%n")
        .optionListHeading("%nOptions:%n");
  }

  private static int misused(ParameterException e, String[] args) {
    e.getCommandLine().getErr().println("fadvised: " + Misuse.of(e));
    return e.getCommandLine().getCommandSpec().exitCodeOnInvalidInput();
  }

  private static int failed(
      Exception e, CommandLine command, ParseResult parsed, Map<String, String> environment) {
    PrintWriter err = command.getErr();
    boolean traced = parsed.hasMatchedOption("-v") || FadvisedCommand.debug(command, environment);
    if (e instanceof CommandFailedException failure) {
      failure.sentences().forEach(sentence -> err.println("fadvised: " + sentence));
    } else {
      err.println("fadvised: " + Sentences.of(e) + (traced ? "" : " (-v prints a stack trace)"));
    }
    if (traced) {
      e.printStackTrace(err);
    }
    return e instanceof CommandFailedException failure
        ? failure.exitCode()
        : command.getCommandSpec().exitCodeOnExecutionException();
  }
}
