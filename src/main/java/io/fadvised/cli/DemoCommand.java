package io.fadvised.cli;

import io.fadvised.cli.demo.Demo;
import io.fadvised.control.DaemonUnavailableException;
import io.fadvised.control.Request;
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

/** {@code fadvised demo}: shows double caching and its eviction on a scratch device. */
@Command(
    name = "demo",
    description = {
      "Shows double caching on a loop device of its own, and evicts the lower copy.",
      "Creates a scratch file, attaches a buffered loop device, mounts it, writes to it, and evicts"
          + " the lower copy. Removes everything at the end, even if interrupted. Takes less than 15"
          + " seconds. Needs root for the loop device; without root it evicts a plain file."
    },
    footerHeading = "%nExample:%n",
    footer = "  sudo fadvised demo --dir /var/tmp --size 512MiB")
final class DemoCommand implements Callable<Integer> {
  private final World world;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Directory for the scratch files; default: the temporary directory.")
  private @Nullable Path directory;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      defaultValue = "256MiB",
      converter = SizeConverter.class,
      description = "Size of the loop device, 64MiB to 2GiB; default: ${DEFAULT-VALUE}.")
  private long sizeBytes;

  DemoCommand(World world) {
    this.world = world;
  }

  @Override
  public Integer call() throws CommandFailedException {
    if (sizeBytes < Demo.MIN_BYTES || sizeBytes > Demo.MAX_BYTES) {
      throw new ParameterException(
          spec.commandLine(),
          "--size " + Bytes.text(sizeBytes) + " is not between 64 MiB and 2 GiB");
    }
    if (directory != null && !Files.isDirectory(directory)) {
      throw new ParameterException(
          spec.commandLine(), "--dir " + directory + " is not a directory");
    }
    PrintWriter out = spec.commandLine().getOut();
    daemon().ifPresent(words -> out.printf("%s, which may evict the same files.%n%n", words));
    Path wanted =
        Optional.ofNullable(directory)
            .orElse(Path.of(System.getProperty("java.io.tmpdir", "/tmp")));
    try {
      boolean success =
          new Demo(out, world.host().get(), world.searchPath(), program()).run(wanted, sizeBytes);
      return success ? ExitCodes.DONE : ExitCodes.FAILED;
    } catch (IOException e) {
      throw new CommandFailedException(Sentences.of(e), e);
    }
  }

  private Optional<String> daemon() {
    try {
      return world.daemon().ask(Request.VERSION).map(answer -> "A daemon is running");
    } catch (DaemonUnavailableException e) {
      return Optional.of("A daemon may be running"); // where this user cannot look
    }
  }

  /** Returns the command to print: {@code fadvised}, or its path in an unpacked tree. */
  private static String program() {
    String home = System.getProperty("fadvised.home", "");
    return home.isEmpty() ? "fadvised" : Path.of(home, "bin", "fadvised").toString();
  }
}
