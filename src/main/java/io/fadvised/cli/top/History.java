package io.fadvised.cli.top;

import io.fadvised.status.DeviceStatus;
import io.fadvised.status.HostStatus;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Keeps the last 120 resident sizes and the last 20 decisions of each device. */
final class History {
  private static final int MAX_SAMPLES = 120;
  private static final int MAX_DECISIONS = 20;

  private final Map<String, Deque<Long>> resident = new HashMap<>();
  private final Map<String, Deque<Decision>> decisions = new HashMap<>();
  private final Deque<Long> all = new ArrayDeque<>();

  /**
   * A decision about a device.
   *
   * @param at time of the first status that reported it, ISO 8601
   * @param words the reason
   */
  record Decision(String at, String words) {}

  /** Adds a status, and forgets devices that are gone. */
  void add(HostStatus host) {
    append(all, host.residentBytes());
    for (DeviceStatus device : host.devices()) {
      append(
          resident.computeIfAbsent(device.device(), name -> new ArrayDeque<>()),
          device.residentBytes().orElse(0));
      decide(device, host.at());
    }
    Set<String> present =
        host.devices().stream().map(DeviceStatus::device).collect(Collectors.toSet());
    resident.keySet().retainAll(present);
    decisions.keySet().retainAll(present);
  }

  /** Returns the lower cache of all devices in bytes, latest last. */
  List<Long> resident() {
    return List.copyOf(all);
  }

  /** Returns the lower cache of a device in bytes, latest last. */
  List<Long> resident(String device) {
    return List.copyOf(resident.getOrDefault(device, new ArrayDeque<>()));
  }

  /** Returns the last decisions about a device, latest first. */
  List<Decision> decisions(String device) {
    return List.copyOf(decisions.getOrDefault(device, new ArrayDeque<>()));
  }

  private void decide(DeviceStatus device, String at) {
    Deque<Decision> known = decisions.computeIfAbsent(device.device(), name -> new ArrayDeque<>());
    if (known.isEmpty() || !known.getFirst().words().equals(device.reason())) {
      known.addFirst(new Decision(at, device.reason()));
    }
    if (known.size() > MAX_DECISIONS) {
      known.removeLast();
    }
  }

  private static void append(Deque<Long> samples, long bytes) {
    samples.addLast(bytes);
    if (samples.size() > MAX_SAMPLES) {
      samples.removeFirst();
    }
  }
}
