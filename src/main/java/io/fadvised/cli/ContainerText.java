package io.fadvised.cli;

import io.fadvised.cli.Table.Column;
import io.fadvised.policy.Bytes;
import io.fadvised.status.ContainerStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Formats containers that are short of memory at their limits, or have got some back, as text. */
public final class ContainerText {
  /** Lower values would be shown as 0 %. */
  private static final double MIN_PRESSURE = 0.005;

  private ContainerText() {}

  /** Sums up the containers that are short of memory; empty if there is none. */
  public static String summary(List<ContainerStatus> containers) {
    List<ContainerStatus> pressed =
        containers.stream()
            .filter(container -> container.pressure() >= MIN_PRESSURE)
            .sorted(Comparator.comparingDouble(ContainerStatus::pressure).reversed())
            .toList();
    if (pressed.isEmpty()) {
      return "";
    }
    ContainerStatus worst = pressed.get(0);
    return String.format(
        Locale.ROOT,
        "%d short of memory at %s, %s%s at %.0f %%",
        pressed.size(),
        pressed.size() == 1 ? "its limit" : "their limits",
        pressed.size() == 1 ? "" : "most of all ",
        worst.name(),
        100 * worst.pressure());
  }

  /** Returns a table with a row for each container. */
  static List<String> table(List<ContainerStatus> containers, int width) {
    if (containers.isEmpty()) {
      return List.of("No container is short of memory at its limit.");
    }
    Table table =
        new Table(
            width,
            Column.ofNumbers("LIMIT"),
            Column.ofNumbers("PRESSURE"),
            Column.ofNumbers("RESIDENT"),
            Column.ofNumbers("RELEASED"),
            Column.ofText("CONTAINER"));
    for (ContainerStatus container : containers) {
      table.add(
          note(container),
          Bytes.text(container.limitBytes()),
          String.format(Locale.ROOT, "%.0f %%", 100 * container.pressure()),
          Bytes.text(container.residentBytes()),
          Bytes.text(container.releasedBytes()),
          container.name());
    }
    return table.lines();
  }

  private static String note(ContainerStatus container) {
    List<String> words = new ArrayList<>();
    if (container.pressure() >= MIN_PRESSURE) {
      words.add(container.pressureReason());
    }
    if (!container.devices().isEmpty()) {
      words.add("pays for " + String.join(", ", container.devices()) + volumes(container));
    }
    return String.join("; ", words);
  }

  private static String volumes(ContainerStatus container) {
    List<String> names = container.volumes();
    return names.isEmpty()
        ? ""
        : (names.size() == 1 ? " (volume " : " (volumes ") + String.join(", ", names) + ")";
  }
}
