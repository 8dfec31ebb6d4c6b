package io.fadvised.cli;

import io.fadvised.cli.cure.CureRun;
import io.fadvised.doctor.DeviceFindings;
import io.fadvised.loop.Printable;
import io.fadvised.policy.Bytes;
import io.fadvised.policy.SweepPolicy;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The last words of {@code cure}. */
record CureReport(PrintWriter out, PrintWriter err, int columns) {

  void cured(DeviceFindings before, DeviceFindings after, CureRun.Outcome outcome) {
    List<String> words = new ArrayList<>();
    words.add("direct I/O is on");
    words.add("sector size " + after.attachment().device().logicalBlockBytes());
    if (!after.attachment().mounts().isEmpty()) {
      words.add(
          "mounted on "
              + after.attachment().mounts().stream()
                  .map(mount -> Printable.of(mount.point()))
                  .collect(Collectors.joining(", ")));
    }
    words.add(
        "lower cache "
            + Bytes.text(after.residentBytes())
            + " (before: "
            + Bytes.text(before.residentBytes())
            + ")");
    String name = after.attachment().device().name();
    Lines.wrapped(name + ": cured: " + String.join(", ", words), columns).forEach(out::println);
    if (after.residentBytes() >= SweepPolicy.WORTH_BYTES) {
      Lines.wrapped(
              name
                  + ": the lower cache is older than direct I/O; run \"fadvised evict "
                  + name
                  + "\"",
              columns)
          .forEach(out::println);
    }
    printDifferences(name, outcome);
  }

  void notCured(String name, CureRun.Outcome outcome) {
    err.println("fadvised: " + name + ": not cured: " + outcome.failure());
    if (outcome.result() == CureRun.Result.AS_BEFORE) {
      err.println("fadvised: " + name + ": everything is as before");
    }
    printDifferences(name, outcome);
  }

  private void printDifferences(String name, CureRun.Outcome outcome) {
    outcome
        .differences()
        .forEach(words -> err.println("fadvised: " + name + ": not as before: " + words));
  }
}
