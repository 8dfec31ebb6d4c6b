package io.fadvised.cli;

import io.fadvised.control.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fadvised sweep}: makes the running daemon sweep all devices, or some. */
@Command(
    name = "sweep",
    description =
        "Makes the running daemon measure every device that is not excluded, and evict what its"
            + " settings demand. Waits at most 30 seconds for the result. If a device that you name"
            + " is not swept, the exit code is 1.",
    footerHeading = "%nExamples:%n",
    footer = {"  sudo fadvised sweep && sudo fadvised status", "  sudo fadvised sweep /mnt/data"})
final class SweepCommand extends OrderCommand {
  private final World world;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..*",
      paramLabel = "DEVICE",
      description = "Sweep only these: " + Selection.DESCRIPTION)
  private List<String> devices = new ArrayList<>();

  SweepCommand(World world) {
    super(world, Request.SWEEP);
    this.world = world;
  }

  @Override
  public Integer call() throws CommandFailedException, InterruptedException {
    Selection selection = Selection.of(devices, world, spec.commandLine().getErr());
    if (selection.isEmpty()) {
      return ExitCodes.FAILED;
    }
    give(Request.sweep(selection.names().orElse(Set.of())));
    return selection.isComplete() ? ExitCodes.DONE : ExitCodes.FAILED;
  }
}
