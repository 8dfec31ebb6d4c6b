package io.fadvised.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/**
 * The result of a command.
 *
 * @param out its standard output
 * @param err its standard error
 */
record CommandResult(int exitCode, String out, String err) {
  static CommandResult in(World world, String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commands =
        CommandLines.of(world)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
    int exitCode = commands.execute(words);
    return new CommandResult(exitCode, out.toString(), err.toString());
  }
}
