package io.fadvised.cli;

import io.fadvised.doctor.Findings;
import io.fadvised.doctor.FindingsJson;
import io.fadvised.json.JsonText;
import io.fadvised.linux.Failures;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fadvised doctor}: reports double caching, its causes and fixes. */
@Command(
    name = "doctor",
    description = {
      "Reports which loop devices are cached twice, why, and which commands fix it.",
      "Watches the host for some seconds, then examines each loop device. Changes nothing, and needs"
          + " no daemon. Without root it lists the devices that it cannot examine."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sudo fadvised doctor",
      "  sudo fadvised doctor loop3 /mnt/data",
      "  sudo fadvised doctor --save before.json",
      "  sudo fadvised doctor --compare before.json",
      "  sudo fadvised doctor --json |",
      "    jq -r '.devices[].commands | select(. != []) | join(\" && \")'",
      "",
      "Exit codes: 0 healthy, 1 failed, 2 usage, 3 not healthy or not examined, 130",
      "ended by Ctrl-C."
    })
final class DoctorCommand implements Callable<Integer> {
  private final World world;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..*",
      paramLabel = "DEVICE",
      description = "Show only these: " + Selection.DESCRIPTION)
  private List<String> names = new ArrayList<>();

  @Option(names = "--json", description = "Print one JSON object; see fadvised-json(5).")
  private boolean json;

  @Option(
      names = "--all",
      description = "Show each device; otherwise more than ten are summed up by cause.")
  private boolean all;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Seconds to watch, 1 to 60; default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--save",
      paramLabel = "FILE",
      description = "Also write the findings to a file, for --compare.")
  private @Nullable Path save;

  @Option(
      names = "--compare",
      paramLabel = "FILE",
      description = "Also compare with saved findings, such as those before a change.")
  private @Nullable Path compare;

  DoctorCommand(World world) {
    this.world = world;
  }

  @Override
  public Integer call() throws IOException, InterruptedException, CommandFailedException {
    if (json && compare != null) {
      throw new ParameterException(spec.commandLine(), "--json and --compare exclude each other");
    }
    Examination.requireSeconds(seconds, spec.commandLine());
    Selection selection = Selection.of(names, world, spec.commandLine().getErr());
    if (selection.isEmpty()) {
      return ExitCodes.FAILED;
    }
    Optional<FindingsJson> before = read();
    if (save != null) {
      requireWritable(save);
    }
    Findings findings =
        new Examination(world, spec.commandLine().getErr()).run(seconds, selection::has);
    FindingsJson found = FindingsJson.of(findings);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(JsonText.formatted(found));
    } else {
      new DoctorText(findings, world.terminal().columns(), all).lines().forEach(out::println);
    }
    if (before.isPresent()) {
      out.println();
      new Comparison(before.get(), found).lines(world.terminal().columns()).forEach(out::println);
    }
    if (save != null) {
      save(found, save);
      (json ? spec.commandLine().getErr() : out).println("saved to " + save);
    }
    if (!selection.isComplete()) {
      return ExitCodes.FAILED;
    }
    return findings.isHealthy() ? ExitCodes.DONE : ExitCodes.NOT_HEALTHY;
  }

  private Optional<FindingsJson> read() throws CommandFailedException {
    if (compare == null) {
      return Optional.empty();
    }
    try (InputStream file = Files.newInputStream(compare)) {
      FindingsJson read = JsonText.parse(FindingsJson.class, file);
      if (read.schemaVersion() == JsonText.SCHEMA_VERSION) {
        return Optional.of(read);
      }
      throw new CommandFailedException(
          compare
              + ": schemaVersion is "
              + read.schemaVersion()
              + ", not "
              + JsonText.SCHEMA_VERSION);
    } catch (IOException e) {
      throw new CommandFailedException(Sentences.of(e), e);
    } catch (IllegalArgumentException e) {
      throw new CommandFailedException(compare + ": not findings of doctor: " + e.getMessage(), e);
    }
  }

  /** Fails before the host is watched for nothing. */
  private static void requireWritable(Path file) throws CommandFailedException {
    Path directory = file.toAbsolutePath().resolveSibling("");
    if (!Files.isDirectory(directory)) {
      throw new CommandFailedException("cannot save to " + file + ": no such directory");
    }
    if (Files.isDirectory(file)) {
      throw new CommandFailedException("cannot save to " + file + ": is a directory");
    }
    if (!Files.isWritable(Files.exists(file) ? file : directory)) {
      throw new CommandFailedException(
          "cannot save to " + file + ": permission denied, or a read-only filesystem");
    }
  }

  private static void save(FindingsJson findings, Path file) throws CommandFailedException {
    boolean isNew = !Files.exists(file);
    try {
      Files.writeString(file, JsonText.formatted(findings) + "\n");
    } catch (IOException e) {
      if (isNew) {
        delete(file);
      }
      throw new CommandFailedException("cannot save to " + file + ": " + Failures.reason(e), e);
    }
  }

  /** Deletes a file that was only begun. */
  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // the failure to save is reported
    }
  }
}
