package io.fadvised.cli;

import io.fadvised.cgroup.PodCgroup;
import io.fadvised.directio.Attachment;
import io.fadvised.directio.Cause;
import io.fadvised.directio.Storage;
import io.fadvised.doctor.ContainerFindings;
import io.fadvised.doctor.DeviceFindings;
import io.fadvised.doctor.DiskLoad;
import io.fadvised.doctor.Findings;
import io.fadvised.doctor.OtherCache;
import io.fadvised.doctor.ReaderFindings;
import io.fadvised.doctor.Symptoms;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.Printable;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.Bytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Formats the findings of the doctor as text. */
final class DoctorText {
  private static final int INDENT = 12;

  /** More devices than these are summed up by cause. */
  private static final int MAX_DEVICES = 10;

  /** Devices of one cause that are still shown then. */
  private static final int MAX_EXAMPLES = 3;

  private static final int MAX_OTHER_CACHES = 5;

  private static final int MAX_CONTAINERS = 3;

  private final Findings findings;
  private final int width;
  private final boolean showsAll;

  /**
   * @param width in columns
   * @param showsAll whether each device is shown, however many there are
   */
  DoctorText(Findings findings, int width, boolean showsAll) {
    this.findings = findings;
    this.width = width;
    this.showsAll = showsAll;
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>(symptoms(findings.symptoms()));
    boolean showsEach = showsAll || findings.devices().size() <= MAX_DEVICES;
    for (Findings.Group group : findings.groups()) {
      boolean isShown = showsAll || !isSummedUp(group);
      lines.addAll(showsEach && isShown ? devices(group.devices()) : summary(group));
    }
    lines.addAll(otherCaches());
    lines.add("");
    findings.problems().forEach(problem -> lines.addAll(field("problem", problem)));
    lines.addAll(Lines.wrapped("Verdict: " + findings.verdict() + ".", width));
    return lines;
  }

  private List<String> otherCaches() {
    List<OtherCache> all = findings.otherCaches();
    if (all.isEmpty()) {
      return List.of();
    }
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.addAll(
        Lines.wrapped("Cached twice without a loop device, and not evicted by fadvised:", width));
    int shown = showsAll ? all.size() : Math.min(MAX_OTHER_CACHES, all.size());
    for (OtherCache one : all.subList(0, shown)) {
      lines.addAll(field(one.kind(), one.path() + ", " + one.use() + ": " + one.advice()));
    }
    if (shown < all.size()) {
      lines.addAll(field("", all.size() - shown + " more (--all shows each)"));
    }
    return lines;
  }

  /** A host with snaps has dozens of images, and none needs anything. */
  private static boolean isSummedUp(Findings.Group group) {
    return group.cause() == Cause.COMPRESSED && group.devices().size() > 1;
  }

  private List<String> summary(Findings.Group group) {
    int shown = group.cause().isHealthy() ? 0 : Math.min(MAX_EXAMPLES, group.devices().size());
    List<String> lines = devices(group.devices().subList(0, shown));
    List<DeviceFindings> others = group.devices().subList(shown, group.devices().size());
    if (!others.isEmpty()) {
      lines.add("");
      lines.addAll(Lines.wrapped(summary(group.cause(), others, shown > 0), width));
    }
    return lines;
  }

  private static String summary(Cause cause, List<DeviceFindings> others, boolean isRest) {
    long bytes = others.stream().mapToLong(DeviceFindings::residentBytes).sum();
    if (cause == Cause.COMPRESSED) {
      return others.size()
          + " images (squashfs or EROFS), "
          + Bytes.text(bytes)
          + " cached: compressed, no second copy (--all shows each)";
    }
    return others.size()
        + (isRest ? " more" : others.size() == 1 ? " device" : " devices")
        + " with the cause \""
        + cause.label()
        + "\", "
        + Bytes.text(bytes)
        + " cached (--all shows each)";
  }

  private List<String> devices(List<DeviceFindings> devices) {
    List<String> lines = new ArrayList<>();
    for (DeviceFindings device : devices) {
      lines.add("");
      lines.addAll(device(device));
    }
    return lines;
  }

  private List<String> symptoms(Symptoms symptoms) {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "Watched for %.0f s, Linux %s:",
            findings.watched().toMillis() / 1000.0,
            findings.kernel()));
    lines.addAll(
        field(
            "pressure",
            share(symptoms.pressure(), "")
                + symptoms.pressureReason().map(words -> " (" + words + ")").orElse("")));
    lines.addAll(field("I/O wait", share(symptoms.ioWaitShare(), " of processor time")));
    lines.addAll(
        field(
            "refaults",
            number(symptoms.refaultsPerSecond(), " pages/s read again soon after reclaim")));
    lines.addAll(field("reclaim", number(symptoms.scannedPerSecond(), " pages/s scanned")));
    lines.addAll(
        field(
            "stalls",
            symptoms.memoryStallShare().isEmpty() && symptoms.ioStallShare().isEmpty()
                ? "unavailable (no PSI)"
                : share(symptoms.memoryStallShare(), " of the time for memory")
                    + ", "
                    + share(symptoms.ioStallShare(), " for I/O")));
    lines.addAll(containers());
    findings.readers().forEach(reader -> lines.addAll(field("reader", words(reader))));
    return lines;
  }

  private List<String> containers() {
    List<ContainerFindings> worst =
        findings.containers().stream()
            .sorted(Comparator.comparingDouble(ContainerFindings::pressure).reversed())
            .toList();
    int shown = showsAll ? worst.size() : Math.min(MAX_CONTAINERS, worst.size());
    List<String> lines = new ArrayList<>();
    worst
        .subList(0, shown)
        .forEach(container -> lines.addAll(field("container", words(container))));
    int more = worst.size() - shown;
    if (more > 0) {
      lines.addAll(
          field(
              "",
              more + (more == 1 ? " more container" : " more containers") + " (--all shows each)"));
    }
    return lines;
  }

  private static String words(ReaderFindings reader) {
    double missed = reader.missedBytesPerSecond();
    return reader.name()
        + " ("
        + reader.pid()
        + (reader.withChildren() ? ", with its ended children): " : "): ")
        + perSecond(missed)
        + (reader.readBytesPerSecond() > missed
            ? " of " + perSecond(reader.readBytesPerSecond()) + " that it read"
            : "")
        + " missed the page cache"
        + (reader.ioWaitShare().isPresent()
            ? ", waiting for I/O " + share(reader.ioWaitShare(), " of the time")
            : "");
  }

  private static String words(ContainerFindings container) {
    return PodCgroup.nameOf(container.cgroup())
        + " is short of memory at its limit of "
        + Bytes.text(container.limitBytes())
        + String.format(
            Locale.ROOT,
            " (%,.0f refaults/s, stalled %.0f %% of the time)",
            container.refaultsPerSecond(),
            100 * container.memoryStallShare())
        + (container.devices().isEmpty()
            ? ""
            : ", and pays for " + String.join(", ", container.devices()));
  }

  private List<String> device(DeviceFindings found) {
    LoopDevice device = found.attachment().device();
    List<String> lines = new ArrayList<>();
    lines.add(
        device.name()
            + ": "
            + Bytes.text(device.sizeBytes())
            + (device.readOnly() ? ", read-only" : "")
            + ", sector size "
            + device.logicalBlockBytes()
            + ", direct I/O "
            + device.directIo().map(on -> on ? "on" : "off").orElse("not supported by the kernel"));
    lines.addAll(field("backing", backing(found)));
    lines.addAll(field("mounted", mounted(found.attachment())));
    lines.addAll(field("cached", cached(found)));
    lines.addAll(field("load", load(found.load())));
    if (found.load().filter(DiskLoad::isActive).isPresent() && found.diskLoad().isPresent()) {
      lines.addAll(field("its disk", load(found.diskLoad())));
    }
    lines.addAll(
        field(
            "cause",
            found.diagnosis().words() + (found.diagnosis().derived() ? " [derived]" : "")));
    addAll(lines, "fix", chained(found.diagnosis().commands()));
    found.diagnosis().allAdvice().forEach(advice -> lines.addAll(field("note", advice)));
    return lines;
  }

  /** Joins commands with {@code &&}, one per line. */
  private static List<String> chained(List<String> commands) {
    List<String> chained = new ArrayList<>();
    for (String command : commands) {
      chained.add(chained.size() < commands.size() - 1 ? command + " &&" : command);
    }
    return chained;
  }

  private static String backing(DeviceFindings found) {
    LoopDevice device = found.attachment().device();
    String storage =
        found.storage().map(below -> ", on " + below.filesystem() + disk(below)).orElse("");
    String offset = device.offsetBytes() == 0 ? "" : ", from byte " + device.offsetBytes() + " on";
    return device.backingPath() + offset + storage;
  }

  private static String disk(Storage storage) {
    return storage
        .disk()
        .map(disk -> " on " + disk.name() + " (sector size " + disk.sectorBytes() + ")")
        .orElse("");
  }

  private static String mounted(Attachment attachment) {
    return attachment.mounts().isEmpty()
        ? "not in this mount namespace"
        : attachment.mounts().stream()
            .map(mount -> mounted(mount, attachment.node()))
            .collect(Collectors.joining(", "));
  }

  private static String mounted(Attachment.Mount mount, String node) {
    String by = mount.node().equals(node) ? "" : ", by " + Printable.of(mount.node());
    return Printable.of(mount.point()) + " (" + mount.filesystem() + by + ")";
  }

  private static String cached(DeviceFindings found) {
    Optional<Residency> residency = found.residency();
    if (residency.isEmpty()) {
      return "cannot be measured";
    }
    long error = residency.get().errorBytes();
    return Bytes.text(residency.get().residentBytes())
        + (error == 0 ? "" : " ±" + Bytes.text(error))
        + " of the backing file";
  }

  private static String load(Optional<DiskLoad> load) {
    return load.map(known -> known.isActive() ? words(known) : "no requests")
        .orElse("not counted by the kernel");
  }

  private static String words(DiskLoad load) {
    return String.format(
        Locale.ROOT,
        "%,.0f requests/s, %s: %s; %.1f in flight, busy %.0f %%",
        load.requestsPerSecond(),
        perSecond(load.bytesPerSecond()),
        Stream.of(
                kind(1 - load.writeShare(), "reads", load.bytesPerRead(), load.millisPerRead()),
                kind(load.writeShare(), "writes", load.bytesPerWrite(), load.millisPerWrite()))
            .filter(words -> !words.isEmpty())
            .collect(Collectors.joining(", ")),
        load.inFlight(),
        100 * load.busyShare());
  }

  private static String kind(double share, String name, long bytes, double millis) {
    return share == 0
        ? ""
        : String.format(
            Locale.ROOT,
            "%.0f %% %s of %s in %s ms",
            100 * share,
            name,
            Bytes.text(bytes),
            millis(millis));
  }

  private static String perSecond(double bytes) {
    return Bytes.text(Math.round(bytes)) + "/s";
  }

  private static String millis(double millis) {
    return String.format(Locale.ROOT, millis < 1 ? "%.2f" : millis < 10 ? "%.1f" : "%.0f", millis);
  }

  private static String share(OptionalDouble share, String of) {
    return share.isEmpty()
        ? "unknown"
        : String.format(Locale.ROOT, "%.0f %%%s", 100 * share.getAsDouble(), of);
  }

  private static String number(OptionalDouble number, String of) {
    return number.isEmpty()
        ? "unavailable"
        : String.format(Locale.ROOT, "%,.0f%s", number.getAsDouble(), of);
  }

  private List<String> field(String name, String words) {
    List<String> lines = new ArrayList<>();
    addAll(lines, name, Lines.wrapped(words, width - INDENT));
    return lines;
  }

  /** Adds a labelled field; commands stay on one line so that they can be copied. */
  private static void addAll(List<String> lines, String name, List<String> words) {
    for (int i = 0; i < words.size(); i++) {
      String label = i == 0 ? "  " + name : "";
      lines.add(label + " ".repeat(INDENT - label.length()) + words.get(i));
    }
  }
}
