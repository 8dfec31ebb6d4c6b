package io.fadvised.cli;

import io.fadvised.control.Answer;
import io.fadvised.control.Request;
import java.io.PrintWriter;
import picocli.CommandLine.Command;

/** {@code fadvised metrics}: prints the running daemon's metrics. */
@Command(
    name = "metrics",
    description = {
      "Prints the metrics of the running daemon in the Prometheus text format.",
      "The daemon can also write them to a file and serve them over HTTP: see"
          + " fadvised.metrics.textfile and fadvised.metrics.listen in fadvised.conf(5)."
    },
    footerHeading = "%nExample:%n",
    footer = "  sudo fadvised metrics | promtool check metrics")
final class MetricsCommand extends OrderCommand {
  MetricsCommand(World world) {
    super(world, Request.METRICS);
  }

  @Override
  void print(Answer answer, PrintWriter out) {
    answer.metrics().forEach(out::print);
    out.flush();
  }

  @Override
  String withoutDaemon(Request request) {
    return "there are no metrics without one";
  }
}
