package io.fadvised.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code fadvised}: nothing by itself, but the parent of all commands. */
@Command(
    name = "fadvised",
    description = {
      "Evicts the duplicate page cache of the backing files of loop devices.",
      "A loop device without direct I/O is cached twice: above, by the filesystem on it, and below,"
          + " as its backing file. fadvised measures the lower copy and evicts it with"
          + " posix_fadvise(DONTNEED), the sooner the scarcer memory is. It never changes data."
    },
    versionProvider = VersionText.class,
    sortOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    descriptionHeading = "%n",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sudo fadvised demo      see double caching, and what fadvised does about it",
      "  sudo fadvised doctor    what is wrong on this host, why, and what would cure it",
      "  sudo fadvised status    the loop devices of this host and their lower cache",
      "  sudo fadvised run       the daemon, in the foreground",
      "",
      "Exit codes: 0 done, 1 failed, 2 usage, 3 not healthy (doctor), 78 configuration."
    })
@SuppressWarnings("UnusedVariable") // picocli itself looks at help and version
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
      description = "Show where in the program a failure arose (as does FADVISED_DEBUG=1).")
  private boolean verbose;

  @Override
  public Integer call() {
    CommandLine command = spec.commandLine();
    command.getErr().println("fadvised: which command?");
    command.usage(command.getErr());
    return ExitCodes.USAGE;
  }

  /** Whether failures are to be shown with where they arose. */
  static boolean debug(CommandLine command, Map<String, String> environment) {
    CommandLine top = command;
    while (top.getParent() != null) {
      top = top.getParent();
    }
    boolean asked = top.getCommand() instanceof FadvisedCommand root && root.verbose;
    return asked || !environment.getOrDefault("FADVISED_DEBUG", "").isEmpty();
  }
}
