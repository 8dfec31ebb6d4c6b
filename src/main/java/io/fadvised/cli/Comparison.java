package io.fadvised.cli;

import io.fadvised.doctor.DeviceFindingsJson;
import io.fadvised.doctor.DiskLoad;
import io.fadvised.doctor.FindingsJson;
import io.fadvised.doctor.Symptoms;
import io.fadvised.policy.Bytes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * Two findings of a host side by side, and the changes in a sentence. Only devices that are in both
 * count, with the same backing file.
 */
final class Comparison {
  /** Load varies by this share without any change of the host. */
  private static final double NOTABLE = 0.1;

  private static final double SLOWER = 1.25;
  private static final double LATENCY_FLOOR_MILLIS = 0.05;

  private final FindingsJson before;
  private final FindingsJson after;
  private final List<Row> rows = new ArrayList<>();
  private final List<String> facts = new ArrayList<>();
  private final List<String> cautions = new ArrayList<>();
  private final List<String> advice = new ArrayList<>();

  /**
   * One figure.
   *
   * @param subject in a sentence
   * @param floor a smaller change is noise
   * @param text formats the figure
   */
  private record Row(
      String subject,
      OptionalDouble before,
      OptionalDouble after,
      double floor,
      DoubleFunction<String> text) {

    boolean isNotable() {
      if (before.isEmpty() || after.isEmpty()) {
        return false;
      }
      double change = Math.abs(after.getAsDouble() - before.getAsDouble());
      double larger = Math.max(before.getAsDouble(), after.getAsDouble());
      return change >= floor && change > NOTABLE * larger;
    }

    String words() {
      boolean fell = after.orElse(0) < before.orElse(0);
      return subject + (fell ? " fell from " : " rose from ") + text(before) + " to " + text(after);
    }

    String text(OptionalDouble figure) {
      return figure.isPresent() ? text.apply(figure.getAsDouble()) : "-";
    }
  }

  Comparison(FindingsJson before, FindingsJson after) {
    this.before = before;
    this.after = after;
    addHostFigures();
    Set<String> disks = new HashSet<>();
    for (DeviceFindingsJson device : after.devices()) {
      before.devices().stream()
          .filter(
              earlier ->
                  earlier.device().equals(device.device())
                      && earlier.backingFile().equals(device.backingFile()))
          .findFirst()
          .ifPresent(earlier -> addDevice(earlier, device, disks));
    }
  }

  private void addHostFigures() {
    addHost("I/O wait", Symptoms::ioWaitShare, 0.01, Comparison::percent);
    addHost("refaults", Symptoms::refaultsPerSecond, 10, Comparison::perSecond);
    addHost(
        "available memory",
        symptoms -> asDouble(symptoms.availableBytes()),
        1 << 24,
        Comparison::bytes);
  }

  private void addHost(
      String subject,
      Function<Symptoms, OptionalDouble> figure,
      double floor,
      DoubleFunction<String> text) {
    rows.add(
        new Row(
            subject, figure.apply(before.symptoms()), figure.apply(after.symptoms()), floor, text));
  }

  private void addDevice(DeviceFindingsJson earlier, DeviceFindingsJson now, Set<String> disks) {
    String name = now.device();
    if (!earlier.directIo().equals(now.directIo())) {
      facts.add(
          name
              + ": direct I/O was switched "
              + (now.directIo().orElse(false) ? "on" : "off")
              + (earlier.sectorBytes() == now.sectorBytes()
                  ? ""
                  : ", with sectors of " + now.sectorBytes() + " bytes"));
    }
    rows.add(
        new Row(
            "lower cache of " + name,
            asDouble(earlier.residentBytes()),
            asDouble(now.residentBytes()),
            1 << 20,
            Comparison::bytes));
    addLoad(name, earlier.load(), now.load());
    if (isSlowerWithDirectIo(earlier, now)) {
      advice.add(
          "The lower cache had answered requests of "
              + name
              + " from memory. If this host does not need that memory, switch back with \"losetup"
              + " --direct-io=off /dev/"
              + name
              + "\"");
    }
    now.disk()
        .filter(disks::add)
        .ifPresent(disk -> addLoad(disk, earlier.diskLoad(), now.diskLoad()));
  }

  private static boolean isSlowerWithDirectIo(DeviceFindingsJson earlier, DeviceFindingsJson now) {
    return !earlier.directIo().orElse(true)
        && now.directIo().orElse(false)
        && earlier.load().filter(DiskLoad::isActive).isPresent()
        && now.load().filter(DiskLoad::isActive).isPresent()
        && now.load().get().millisPerRequest()
            > SLOWER * earlier.load().get().millisPerRequest() + LATENCY_FLOOR_MILLIS;
  }

  private void addLoad(String name, Optional<DiskLoad> earlier, Optional<DiskLoad> now) {
    boolean isBusy =
        earlier.filter(DiskLoad::isActive).isPresent()
            && now.filter(DiskLoad::isActive).isPresent();
    if (earlier.isPresent() && now.isPresent() && !isBusy) {
      cautions.add(name);
    }
    double floor = isBusy ? 1 : Double.POSITIVE_INFINITY; // compares a load, not idleness
    addFigure(
        "requests of " + name,
        earlier,
        now,
        DiskLoad::requestsPerSecond,
        floor,
        Comparison::perSecond);
    addFigure(
        "throughput of " + name,
        earlier,
        now,
        DiskLoad::bytesPerSecond,
        floor * (1 << 14),
        figure -> bytes(figure) + "/s");
    addFigure(
        "time per request of " + name,
        earlier.filter(DiskLoad::isActive),
        now.filter(DiskLoad::isActive),
        DiskLoad::millisPerRequest,
        LATENCY_FLOOR_MILLIS,
        figure -> String.format(Locale.ROOT, figure < 10 ? "%.2f ms" : "%.0f ms", figure));
  }

  private void addFigure(
      String subject,
      Optional<DiskLoad> earlier,
      Optional<DiskLoad> now,
      ToDoubleFunction<DiskLoad> figure,
      double floor,
      DoubleFunction<String> text) {
    rows.add(
        new Row(
            subject,
            earlier.stream().mapToDouble(figure).findFirst(),
            now.stream().mapToDouble(figure).findFirst(),
            floor,
            text));
  }

  /** Formats the table and the sentence below it. */
  List<String> lines(int width) {
    Table table =
        new Table(
            width,
            Table.Column.ofText(""),
            Table.Column.ofNumbers("before"),
            Table.Column.ofNumbers("after"));
    rows.forEach(
        row -> table.add("", row.subject(), row.text(row.before()), row.text(row.after())));
    List<String> lines = new ArrayList<>(table.lines());
    lines.add("");
    lines.addAll(Lines.wrapped(sentence(), width));
    return lines;
  }

  private String sentence() {
    String changes =
        rows.stream().filter(Row::isNotable).map(Row::words).collect(Collectors.joining(", "));
    List<String> sentences = new ArrayList<>(facts);
    sentences.add(
        changes.isEmpty()
            ? "No figure changed by more than a tenth"
            : Character.toUpperCase(changes.charAt(0)) + changes.substring(1));
    if (!cautions.isEmpty()) {
      sentences.add(
          "Without load before or after, nothing follows about the speed of "
              + String.join(", ", cautions));
    }
    sentences.addAll(advice);
    return String.join(". ", sentences) + ".";
  }

  private static OptionalDouble asDouble(OptionalLong number) {
    return number.stream().asDoubleStream().findFirst();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f %%", 100 * share);
  }

  private static String perSecond(double figure) {
    return String.format(Locale.ROOT, "%,.0f/s", figure);
  }

  private static String bytes(double figure) {
    return Bytes.text(Math.round(figure));
  }
}
