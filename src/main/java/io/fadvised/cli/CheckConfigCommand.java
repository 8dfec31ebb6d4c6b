package io.fadvised.cli;

import io.fadvised.config.EffectiveSettings;
import io.fadvised.pressure.PressureReader;
import java.io.IOException;
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
      "Checks a configuration, without any effect on a daemon.",
      "Prints every value that would hold, and where it comes from; or every problem, one a line,"
          + " and exits with 78."
    },
    sortOptions = false,
    descriptionHeading = "%n",
    parameterListHeading = "%nParameters:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExample:%n",
    footer = "  fadvised check-config --set budget.relaxed=512MiB")
final class CheckConfigCommand implements Callable<Integer> {
  private final World world;
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private SettingsOptions options = new SettingsOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "The file to check, like --config FILE.")
  private @Nullable Path file;

  CheckConfigCommand(World world) {
    this.world = world;
  }

  @Override
  public Integer call() throws CommandFailedException {
    Path given = file;
    if (given != null && options.namedFile().isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "name one file: as FILE, or with --config FILE");
    }
    Optional<Path> checked = Optional.ofNullable(given).or(() -> options.file(world.configFiles()));
    EffectiveSettings effective = SettingsOptions.load(checked, options.sets());
    PrintWriter out = spec.commandLine().getOut();
    out.println("# " + checked.map(Path::toString).orElse("no configuration file, defaults only"));
    out.print(effective.render());
    warning(effective)
        .ifPresent(words -> spec.commandLine().getErr().println("fadvised: warning: " + words));
    out.println("configuration is valid");
    return ExitCodes.DONE;
  }

  /** What only this host's memory shows. */
  private Optional<String> warning(EffectiveSettings effective) {
    try {
      long memory = new PressureReader(world.procRoot()).read().memory().totalBytes();
      return effective
          .settings()
          .budget()
          .problem(memory)
          .map(words -> words + "; the smaller one would hold");
    } catch (IOException e) {
      return Optional.of("this host's memory could not be read: " + Sentences.of(e));
    }
  }
}
