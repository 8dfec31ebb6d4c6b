package io.fadvised.cli;

import io.fadvised.control.Request;
import picocli.CommandLine.Command;

/** {@code fadvised pause}: makes the running daemon stop sweeping. */
@Command(
    name = "pause",
    description =
        "Makes the running daemon stop sweeping all devices, until \"fadvised resume\" or its next"
            + " start. Memory pressure is still measured.",
    footerHeading = "%nExample:%n",
    footer = "  sudo fadvised pause; run-benchmark; sudo fadvised resume")
final class PauseCommand extends OrderCommand {
  PauseCommand(World world) {
    super(world, Request.PAUSE);
  }
}
