package io.fadvised.cli;

import io.fadvised.directio.CureStep;
import io.fadvised.directio.Diagnosis;
import io.fadvised.doctor.DeviceFindings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The steps of {@code cure} for a device.
 *
 * @param persistence the file to write afterwards; empty if it was not asked for
 * @param watched whether it was watched for a comparison, and the user is asked now
 */
record CurePlan(DeviceFindings found, Optional<CurePersistence> persistence, boolean watched) {
  private static final int INDENT = 12;

  /** Returns whether there is nothing to do. */
  boolean isDone() {
    return isHealthy() && persistence.map(CurePersistence::isInstalled).orElse(true);
  }

  boolean isHealthy() {
    return diagnosis().cause().isHealthy();
  }

  /** Refuses devices without steps, and those that the steps cannot restore. */
  void requireSafe() throws CommandFailedException {
    if (isHealthy()) {
      return;
    }
    if (diagnosis().steps().isEmpty()) {
      throw CommandFailedException.refused(
          Stream.concat(
                  Stream.of(name() + ": no safe cure: " + diagnosis().words()),
                  diagnosis().allAdvice().stream())
              .toList());
    }
    if (!unmounts()) {
      return;
    }
    Path here = Path.of("").toAbsolutePath();
    if (found.attachment().mounts().stream().anyMatch(mount -> here.startsWith(mount.point()))) {
      throw CommandFailedException.refused(
          List.of(name() + ": the current directory is on it; change to another one first"));
    }
  }

  boolean unmounts() {
    return diagnosis().steps().stream().anyMatch(step -> step.action() == CureStep.Action.UNMOUNT);
  }

  /**
   * Returns the plan as text.
   *
   * @param users programs that keep its mounts busy
   */
  List<String> lines(List<String> users, int columns) {
    List<String> lines = new ArrayList<>();
    lines.add(name() + ": " + diagnosis().words());
    addField(lines, "plan", diagnosis().commands());
    persistence.ifPresent(file -> addField(lines, "write", file.lines()));
    if (!users.isEmpty()) {
      addField(lines, "in use by", Lines.wrapped(String.join(", ", users), columns - INDENT));
    }
    notes().forEach(note -> addField(lines, "note", Lines.wrapped(note, columns - INDENT)));
    return lines;
  }

  private List<String> notes() {
    List<String> notes =
        new ArrayList<>(persistence.isPresent() ? diagnosis().advice() : diagnosis().allAdvice());
    if (watched && unmounts()) {
      notes.add("the host was watched; stop the programs now");
    }
    return notes;
  }

  private static void addField(List<String> lines, String label, List<String> words) {
    for (int i = 0; i < words.size(); i++) {
      lines.add(String.format(Locale.ROOT, "  %-10s%s", i == 0 ? label : "", words.get(i)));
    }
  }

  private String name() {
    return found.attachment().device().name();
  }

  private Diagnosis diagnosis() {
    return found.diagnosis();
  }
}
