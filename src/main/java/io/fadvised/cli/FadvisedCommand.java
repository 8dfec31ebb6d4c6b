package io.fadvised.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The parent of all commands; fails without one. */
@Command(
    name = "fadvised",
    description = {
      "Evicts the duplicate page cache of the backing files of loop devices.",
      "A loop device without direct I/O is cached twice: by the filesystem on it (upper cache) and as"
          + " its backing file (lower cache). fadvised measures the lower cache and evicts it with"
          + " posix_fadvise(DONTNEED), earlier when memory is short. It never changes data."
    },
    versionProvider = VersionText.class,
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sudo fadvised demo      show double caching and its eviction",
      "  sudo fadvised doctor    report double caching, its causes and fixes",
      "  sudo fadvised cure      switch direct I/O on, or leave all as before",
      "  sudo fadvised status    list loop devices and their lower cache",
      "  sudo fadvised run       run the daemon in the foreground",
      "",
      "Exit codes: 0 done, 1 failed, 2 usage, 3 not healthy (doctor, cure), 4 changed",
      "(cure), 78 configuration, 130 interrupted (status, doctor, cure). check: as a",
      "plugin of Nagios."
    })
@SuppressWarnings("UnusedVariable") // picocli evaluates help and version
final class FadvisedCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version and exit.")
  private boolean version;

  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "Print a stack trace on failure (as does FADVISED_DEBUG=1).")
  private boolean verbose;

  @Override
  public Integer call() {
    CommandLine command = spec.commandLine();
    command.getErr().println("fadvised: missing command");
    command.usage(command.getErr());
    return ExitCodes.USAGE;
  }

  /** Returns whether failures are printed with a stack trace. */
  static boolean debug(CommandLine command, Map<String, String> environment) {
    CommandLine top = command;
    while (top.getParent() != null) {
      top = top.getParent();
    }
    boolean asked = top.getCommand() instanceof FadvisedCommand root && root.verbose;
    return asked || !environment.getOrDefault("FADVISED_DEBUG", "").isEmpty();
  }
}
