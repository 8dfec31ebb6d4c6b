package io.fadvised.doctor;

import io.fadvised.directio.Cause;
import io.fadvised.policy.Bytes;
import java.time.Duration;
import java.util.List;

/**
 * What was found out about a host.
 *
 * @param kernel its release, such as {@code 5.10.0-32-amd64}
 * @param watched how long
 * @param symptoms how it felt meanwhile
 * @param devices its loop devices, in the order of their numbers
 * @param problems what could not be seen, in sentences
 */
public record Findings(
    String kernel,
    Duration watched,
    Symptoms symptoms,
    List<DeviceFindings> devices,
    List<String> problems) {
  public Findings {
    devices = List.copyOf(devices);
    problems = List.copyOf(problems);
  }

  /** Whether nothing has to be done. */
  public boolean isHealthy() {
    return devices.stream().allMatch(device -> device.diagnosis().cause().isHealthy());
  }

  /** Bytes cached below the devices that are not healthy. */
  public long duplicateBytes() {
    return ill().stream().mapToLong(DeviceFindings::residentBytes).sum();
  }

  /** All of it in a sentence. */
  public String verdict() {
    if (devices.isEmpty()) {
      return "no loop device is attached: nothing is cached twice";
    }
    if (isHealthy()) {
      return "healthy: " + counted(devices.size()) + " attached, and none is cached twice";
    }
    List<DeviceFindings> ill = ill();
    long unseen = ill.stream().filter(Findings::isUnseen).count();
    if (unseen == devices.size()) {
      return "no verdict: none of "
          + counted(devices.size())
          + " could be looked into. Root sees more";
    }
    long curable = ill.stream().filter(one -> one.diagnosis().cause().isCurable()).count();
    StringBuilder words = new StringBuilder();
    words
        .append(ill.size() - unseen)
        .append(" of ")
        .append(counted(devices.size()))
        .append(ill.size() - unseen == 1 ? " is" : " are")
        .append(" cached twice or liable to be, ")
        .append(ill.stream().allMatch(one -> one.residency().isPresent()) ? "" : "at least ")
        .append(Bytes.text(duplicateBytes()))
        .append(" at present");
    append(words, curable, "can be cured by direct I/O");
    append(words, ill.size() - unseen - curable, "cannot, and eviction is the answer");
    append(words, unseen, "could not be looked into");
    return words
        .append(
            symptoms.isSuffering()
                ? ". The host is short of page cache: this is felt"
                : ". Memory is not short: nothing is felt of it now")
        .toString();
  }

  private static boolean isUnseen(DeviceFindings device) {
    return device.diagnosis().cause() == Cause.UNSEEN;
  }

  private List<DeviceFindings> ill() {
    return devices.stream().filter(one -> !one.diagnosis().cause().isHealthy()).toList();
  }

  private static void append(StringBuilder words, long count, String what) {
    if (count > 0) {
      words.append("; ").append(count).append(' ').append(what);
    }
  }

  private static String counted(int devices) {
    return devices == 1 ? "1 loop device" : devices + " loop devices";
  }
}
