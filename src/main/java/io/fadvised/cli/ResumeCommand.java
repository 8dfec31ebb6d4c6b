package io.fadvised.cli;

import io.fadvised.control.Request;
import picocli.CommandLine.Command;

/** {@code fadvised resume}: makes a paused daemon sweep again. */
@Command(
    name = "resume",
    description = "Makes the running daemon sweep again after \"fadvised pause\".",
    footerHeading = "%nExample:%n",
    footer = "  sudo fadvised resume")
final class ResumeCommand extends OrderCommand {
  ResumeCommand(World world) {
    super(world, Request.RESUME);
  }
}
