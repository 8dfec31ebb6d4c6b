package io.fadvised.cli;

import io.fadvised.doctor.DeviceFindingsJson;
import io.fadvised.doctor.DiskLoad;
import io.fadvised.doctor.FindingsJson;
import io.fadvised.doctor.Symptoms;
import io.fadvised.policy.Bytes;
import java.util.ArrayList;
import java.util.Comparator;
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
import java.util.stream.Stream;

/**
 * Two findings of a host side by side, and the changes in a sentence. Only devices that are in both
 * count, with the same backing file.
 */
final class Comparison {
  /** The table has all changes. */
  private static final int MAX_NAMED = 4;

  /** Load varies by this share without any change of the host. */
  private static final double NOTABLE = 0.1;

  /** Above the ranks of all other figures. */
  private static final int RANK_OF_DISKS = 10;

  private static final double SLOWER = 1.25;
  private static final double LATENCY_FLOOR_MILLIS = 0.05;

  private final FindingsJson before;
  private final FindingsJson after;
  private final List<Pair> pairs;
  private final List<Row> rows = new ArrayList<>();
  private final List<String> facts = new ArrayList<>();
  private final List<String> idle = new ArrayList<>();
  private final List<String> advice = new ArrayList<>();

  /**
   * One figure.
   *
   * @param rank in the sentence; changes with the lowest ones are named
   * @param subject in a sentence
   * @param floor a smaller change is noise
   * @param text formats the figure
   */
  private record Row(
      int rank,
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
    pairs = after.devices().stream().flatMap(this::pair).toList();
    boolean isLoaded = pairs.isEmpty() || pairs.stream().anyMatch(pair -> !isIdle(pair));
    addHostFigures(isLoaded ? 1 : Double.POSITIVE_INFINITY);
    Set<String> disks = new HashSet<>();
    pairs.forEach(pair -> disks.add(pair.after().device())); // has its own lines
    pairs.forEach(pair -> addDevice(pair, disks));
  }

  /** A device in both findings. */
  private record Pair(DeviceFindingsJson before, DeviceFindingsJson after) {}

  private Stream<Pair> pair(DeviceFindingsJson device) {
    return before.devices().stream()
        .filter(
            earlier ->
                earlier.device().equals(device.device())
                    && earlier.backingFile().equals(device.backingFile()))
        .limit(1)
        .map(earlier -> new Pair(earlier, device));
  }

  /** Returns whether a device did too little in one of the two findings; false if unknown. */
  private boolean isIdle(Pair pair) {
    Optional<DiskLoad> first = pair.before().load();
    Optional<DiskLoad> last = pair.after().load();
    return first.isPresent()
        && last.isPresent()
        && !(first.get().isSufficient(before.watchedSeconds())
            && last.get().isSufficient(after.watchedSeconds()));
  }

  /**
   * @param scale of the floors of figures that depend on the load
   */
  private void addHostFigures(double scale) {
    addHost(3, "I/O wait", Symptoms::ioWaitShare, scale * 0.03, Comparison::percent);
    addHost(6, "refaults", Symptoms::refaultsPerSecond, scale * 100, Comparison::perSecond);
    addHost(
        4,
        "available memory",
        symptoms -> asDouble(symptoms.availableBytes()),
        scale * (1 << 24),
        Comparison::bytes);
  }

  private void addHost(
      int rank,
      String subject,
      Function<Symptoms, OptionalDouble> figure,
      double floor,
      DoubleFunction<String> text) {
    rows.add(
        new Row(
            rank,
            subject,
            figure.apply(before.symptoms()),
            figure.apply(after.symptoms()),
            floor,
            text));
  }

  private void addDevice(Pair pair, Set<String> disks) {
    DeviceFindingsJson earlier = pair.before();
    DeviceFindingsJson now = pair.after();
    String name = now.device();
    if (isIdle(pair)) {
      idle.add(name);
    }
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
            0,
            "lower cache of " + name,
            asDouble(earlier.residentBytes()),
            asDouble(now.residentBytes()),
            1 << 20,
            Comparison::bytes));
    double scale = isIdle(pair) ? Double.POSITIVE_INFINITY : 1; // compares a load, not idleness
    addLoad(0, name, earlier.load(), now.load(), scale);
    if (!isIdle(pair) && isSlowerWithDirectIo(earlier, now)) {
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
        .ifPresent(
            disk ->
                addLoad(
                    RANK_OF_DISKS,
                    disk,
                    earlier.diskLoad(),
                    now.diskLoad(),
                    isDiskLoaded(disk) ? 1 : Double.POSITIVE_INFINITY));
  }

  private boolean isDiskLoaded(String disk) {
    return pairs.stream()
        .anyMatch(pair -> pair.after().disk().equals(Optional.of(disk)) && !isIdle(pair));
  }

  private static boolean isSlowerWithDirectIo(DeviceFindingsJson earlier, DeviceFindingsJson now) {
    return !earlier.directIo().orElse(true)
        && now.directIo().orElse(false)
        && earlier.load().filter(DiskLoad::isActive).isPresent()
        && now.load().filter(DiskLoad::isActive).isPresent()
        && now.load().get().millisPerRequest()
            > SLOWER * earlier.load().get().millisPerRequest() + LATENCY_FLOOR_MILLIS;
  }

  private void addLoad(
      int rank, String name, Optional<DiskLoad> earlier, Optional<DiskLoad> now, double scale) {
    addFigure(
        rank + 1,
        "requests of " + name,
        earlier,
        now,
        DiskLoad::requestsPerSecond,
        scale * 10,
        Comparison::perSecond);
    addFigure(
        rank + 5,
        "throughput of " + name,
        earlier,
        now,
        DiskLoad::bytesPerSecond,
        scale * (1 << 14),
        figure -> bytes(figure) + "/s");
    addFigure(
        rank + 2,
        "time per request of " + name,
        earlier.filter(DiskLoad::isActive),
        now.filter(DiskLoad::isActive),
        DiskLoad::millisPerRequest,
        scale * LATENCY_FLOOR_MILLIS,
        figure -> String.format(Locale.ROOT, figure < 10 ? "%.2f ms" : "%.0f ms", figure));
  }

  private void addFigure(
      int rank,
      String subject,
      Optional<DiskLoad> earlier,
      Optional<DiskLoad> now,
      ToDoubleFunction<DiskLoad> figure,
      double floor,
      DoubleFunction<String> text) {
    rows.add(
        new Row(
            rank,
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
        rows.stream()
            .filter(Row::isNotable)
            .sorted(Comparator.comparingInt(Row::rank))
            .limit(MAX_NAMED)
            .map(Row::words)
            .collect(Collectors.joining(", "));
    List<String> sentences = new ArrayList<>(facts);
    if (!changes.isEmpty()) {
      sentences.add(Character.toUpperCase(changes.charAt(0)) + changes.substring(1));
    } else if (idle.isEmpty()) {
      sentences.add("No figure changed beyond the usual noise");
    }
    if (!idle.isEmpty()) {
      sentences.add(
          "The speed of %s is not compared, only the lower cache: fewer than %d requests before or after"
              .formatted(String.join(", ", idle), DiskLoad.MIN_REQUESTS));
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
