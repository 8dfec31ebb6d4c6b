package io.fadvised.cli;

import io.fadvised.control.Request;
import picocli.CommandLine.Command;

/** {@code fadvised reload}: makes the running daemon read its configuration again. */
@Command(
    name = "reload",
    description = {
      "Makes the running daemon read its configuration file again.",
      "A file with problems is rejected: all problems are printed, the settings in force stay, and"
          + " the exit code is 78."
    },
    footerHeading = "%nExample:%n",
    footer = "  fadvised check-config && sudo fadvised reload")
final class ReloadCommand extends OrderCommand {
  ReloadCommand(World world) {
    super(world, Request.RELOAD);
  }
}
