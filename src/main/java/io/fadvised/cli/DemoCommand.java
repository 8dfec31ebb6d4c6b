package io.fadvised.cli;

import io.fadvised.cli.demo.Demo;
import io.fadvised.policy.Bytes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fadvised demo}: the newcomer's first minute. */
@Command(
    name = "demo",
    description = {
      "Shows double caching, and what fadvised does about it, on a loop device of its own.",
      "Makes a scratch file, a buffered loop device on it, mounts that, writes to it, evicts the"
          + " lower copy, and removes all of it again, also when interrupted. Takes less than 15"
          + " seconds. Needs root; without it, eviction is shown on a plain file."
    },
    sortOptions = false,
    descriptionHeading = "%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExample:%n",
    footer = "  sudo fadvised demo --dir /var/tmp --size 512MiB")
final class DemoCommand implements Callable<Integer> {
  private final World world;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Where to make the scratch files; by default the temporary folder.")
  private @Nullable Path folder;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      defaultValue = "256MiB",
      converter = SizeConverter.class,
      description = "The loop device's size, 64MiB to 2GiB; by default ${DEFAULT-VALUE}.")
  private long sizeBytes;

  DemoCommand(World world) {
    this.world = world;
  }

  @Override
  public Integer call() throws CommandFailedException {
    if (sizeBytes < Demo.LEAST_BYTES || sizeBytes > Demo.MOST_BYTES) {
      throw new ParameterException(
          spec.commandLine(),
          "--size " + Bytes.text(sizeBytes) + " is not between 64 MiB and 2 GiB");
    }
    if (folder != null && !Files.isDirectory(folder)) {
      throw new ParameterException(spec.commandLine(), "--dir " + folder + " is no folder");
    }
    PrintWriter out = spec.commandLine().getOut();
    world
        .daemons()
        .find()
        .ifPresent(
            process ->
                out.printf(
                    "A daemon is running (process %d); it may evict here too.%n%n", process));
    Path wanted =
        Optional.ofNullable(folder).orElse(Path.of(System.getProperty("java.io.tmpdir", "/tmp")));
    try {
      boolean well =
          new Demo(out, world.host().get(), world.environment().getOrDefault("PATH", ""), program())
              .run(wanted, sizeBytes);
      return well ? ExitCodes.DONE : ExitCodes.FAILED;
    } catch (IOException e) {
      throw new CommandFailedException(Sentences.of(e), e);
    }
  }

  /** As it can be typed here. */
  private static String program() {
    String home = System.getProperty("fadvised.home", "");
    return home.isEmpty() ? "fadvised" : Path.of(home, "bin", "fadvised").toString();
  }
}
