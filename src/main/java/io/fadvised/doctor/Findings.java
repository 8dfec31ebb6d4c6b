package io.fadvised.doctor;

import io.fadvised.directio.Cause;
import io.fadvised.linux.FileIdentity;
import io.fadvised.policy.Bytes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The findings on a host.
 *
 * @param kernel its release, such as {@code 5.10.0-32-amd64}
 * @param watched the time between the two readings
 * @param privileged whether it was examined by root
 * @param containers its cgroups that are short of memory at their own limits
 * @param readers its processes with the most reads that missed the page cache
 * @param devices its loop devices, sorted by number
 * @param otherCaches files that are cached twice without a loop device
 * @param problems messages about devices that could not be read
 */
public record Findings(
    String kernel,
    Duration watched,
    boolean privileged,
    Symptoms symptoms,
    List<ContainerFindings> containers,
    List<ReaderFindings> readers,
    List<DeviceFindings> devices,
    List<OtherCache> otherCaches,
    List<String> problems) {
  public Findings {
    containers = List.copyOf(containers);
    readers = List.copyOf(readers);
    devices = List.copyOf(devices);
    otherCaches = List.copyOf(otherCaches);
    problems = List.copyOf(problems);
  }

  /** Returns whether nothing has to be done and no problem occurred. */
  public boolean isHealthy() {
    return problems.isEmpty() && unhealthy().isEmpty();
  }

  /** Bytes of lower cache of unhealthy devices; a file of several devices counts once. */
  public long duplicateBytes() {
    Map<FileIdentity, Long> files = new HashMap<>();
    for (DeviceFindings device : unhealthy()) {
      device.file().ifPresent(file -> files.merge(file, device.residentBytes(), Math::max));
    }
    return files.values().stream().mapToLong(Long::longValue).sum();
  }

  /**
   * Devices with the same cause.
   *
   * @param devices the one with the most lower cache first
   */
  public record Group(Cause cause, List<DeviceFindings> devices) {
    public Group {
      devices = List.copyOf(devices);
    }

    public long residentBytes() {
      return devices.stream().mapToLong(DeviceFindings::residentBytes).sum();
    }
  }

  /** Groups the devices by cause: unhealthy causes first, then by their lower cache. */
  public List<Group> groups() {
    Map<Cause, List<DeviceFindings>> byCause = new EnumMap<>(Cause.class);
    devices.stream()
        .sorted(Comparator.comparingLong(DeviceFindings::residentBytes).reversed())
        .forEach(
            found ->
                byCause
                    .computeIfAbsent(found.diagnosis().cause(), cause -> new ArrayList<>())
                    .add(found));
    return byCause.entrySet().stream()
        .map(entry -> new Group(entry.getKey(), entry.getValue()))
        .sorted(
            Comparator.<Group, Boolean>comparing(group -> group.cause().isHealthy())
                .thenComparing(Comparator.comparingLong(Group::residentBytes).reversed()))
        .toList();
  }

  /** Summarizes the findings in a sentence or two. */
  public String verdict() {
    return otherCaches.isEmpty()
        ? verdictOnDevices()
        : verdictOnDevices()
            + (otherCaches.size() == 1
                ? ". 1 other file is cached twice"
                : ". " + otherCaches.size() + " other files are cached twice");
  }

  private String verdictOnDevices() {
    List<DeviceFindings> unhealthy = unhealthy();
    long unseen = unhealthy.stream().filter(Findings::isUnseen).count() + problems.size();
    if (unseen > 0 && unseen == devices.size() + problems.size()) {
      return "unknown: " + counted(unseen) + " could not be examined" + remedy();
    }
    if (devices.isEmpty()) {
      return otherCaches.isEmpty()
          ? "no loop device is attached: nothing is cached twice"
          : "no loop device is attached";
    }
    if (isHealthy()) {
      return "healthy: " + counted(devices.size()) + ", none cached twice in the page cache";
    }
    long onBlockDevices = unhealthy.stream().filter(Findings::isOnBlockDevice).count();
    long twice = unhealthy.stream().filter(one -> !isUnseen(one)).count() - onBlockDevices;
    long curable = unhealthy.stream().filter(one -> one.diagnosis().cause().isCurable()).count();
    StringBuilder words = new StringBuilder(cachedTwice(twice));
    append(words, curable, "can use direct I/O");
    append(words, twice - curable, "without a fix other than eviction");
    append(
        words,
        onBlockDevices,
        "backed by a block device, whose cache fadvised neither measures nor evicts");
    append(words, unseen, "could not be examined" + remedy());
    return words.append(". ").append(memoryState()).toString();
  }

  private String cachedTwice(long count) {
    int all = devices.size() + problems.size();
    if (count == 0) {
      return (all == 1 ? "the loop device is not" : "none of " + counted(all) + " is")
          + " known to be cached twice";
    }
    boolean isExact =
        unhealthy().stream().allMatch(one -> isOnBlockDevice(one) || one.residency().isPresent());
    return (all == 1 ? "the only loop device" : count + " of " + counted(all))
        + (count == 1 ? " is" : " are")
        + " or may be cached twice ("
        + (isExact ? "" : "at least ")
        + Bytes.text(duplicateBytes())
        + " now)";
  }

  private String remedy() {
    return privileged ? "" : " without root: run it with sudo";
  }

  private String memoryState() {
    if (symptoms.pressure().isEmpty()) {
      return "Memory pressure could not be measured";
    }
    if (symptoms.isSuffering()) {
      return "Memory is short: the host suffers from it";
    }
    return switch (containers.size()) {
      case 0 -> "Memory is not short at present";
      case 1 -> "Memory is short: a container suffers at its own limit";
      default -> "Memory is short: " + containers.size() + " containers suffer at their own limits";
    };
  }

  private List<DeviceFindings> unhealthy() {
    return devices.stream().filter(one -> !one.diagnosis().cause().isHealthy()).toList();
  }

  private static boolean isUnseen(DeviceFindings device) {
    return device.diagnosis().cause() == Cause.UNSEEN;
  }

  private static boolean isOnBlockDevice(DeviceFindings device) {
    return device.diagnosis().cause() == Cause.BLOCK_DEVICE;
  }

  private static void append(StringBuilder words, long count, String what) {
    if (count > 0) {
      words.append("; ").append(count).append(' ').append(what);
    }
  }

  private static String counted(long devices) {
    return devices == 1 ? "1 loop device" : devices + " loop devices";
  }
}
