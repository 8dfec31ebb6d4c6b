package io.fadvised.cli;

import io.fadvised.SettingsSource;
import io.fadvised.config.EffectiveSettings;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fadvised check-config}: every value with its origin, or every problem. */
@Command(
    name = "check-config",
    description = {
      "Checks a configuration. A running daemon is not affected.",
      "Prints every value and its origin. If there are problems, it prints all of them, one per"
          + " line, and exits with 78."
    },
    footerHeading = "%nExample:%n",
    footer = "  fadvised check-config --set budget.relaxed=512MiB")
final class CheckConfigCommand implements Callable<Integer> {
  private final World world;
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private SettingsOptions options = new SettingsOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "File to check, like --config FILE.")
  private @Nullable Path file;

  CheckConfigCommand(World world) {
    this.world = world;
  }

  @Override
  public Integer call() throws CommandFailedException {
    Path given = file;
    if (given != null && options.namedFile().isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "give one file, as FILE or with --config FILE");
    }
    Optional<Path> checked = Optional.ofNullable(given).or(() -> options.file(world.configFiles()));
    EffectiveSettings effective = SettingsOptions.load(checked, options.sets());
    PrintWriter out = spec.commandLine().getOut();
    out.println("# " + checked.map(Path::toString).orElse("no configuration file, defaults only"));
    out.print(effective.render());
    for (String warning : SettingsSource.warnings(effective, world.procRoot())) {
      spec.commandLine().getErr().println("fadvised: warning: " + warning);
    }
    out.println("configuration is valid");
    return ExitCodes.DONE;
  }
}
