package io.fadvised.cli;

import io.fadvised.control.Request;
import picocli.CommandLine.Command;

/** {@code fadvised sweep}: makes the running daemon sweep all devices. */
@Command(
    name = "sweep",
    description =
        "Makes the running daemon measure every device that is not excluded, and evict what its"
            + " settings demand. Waits at most 30 seconds for the result.",
    sortOptions = false,
    descriptionHeading = "%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExample:%n",
    footer = "  sudo fadvised sweep && sudo fadvised status")
final class SweepCommand extends OrderCommand {
  SweepCommand(World world) {
    super(world, Request.SWEEP);
  }
}
