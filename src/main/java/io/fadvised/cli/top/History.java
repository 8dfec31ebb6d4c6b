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

/** What was seen so far: enough of it for a sparkline and for the last decisions. */
final class History {
  private static final int MOST_LOOKS = 120;
  private static final int MOST_DECISIONS = 20;

  private final Map<String, Deque<Long>> resident = new HashMap<>();
  private final Map<String, Deque<Decision>> decisions = new HashMap<>();
  private final Deque<Long> all = new ArrayDeque<>();

  /**
   * What was decided.
   *
   * @param at the time of the look that showed it, ISO 8601
   * @param words why
   */
  record Decision(String at, String words) {}

  /** Takes note of a look. */
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

  /** The lower cache of all devices at the last looks, the latest last. */
  List<Long> resident() {
    return List.copyOf(all);
  }

  /** The lower cache of a device at the last looks, the latest last. */
  List<Long> resident(String device) {
    return List.copyOf(resident.getOrDefault(device, new ArrayDeque<>()));
  }

  /** The last decisions about a device, the latest first. */
  List<Decision> decisions(String device) {
    return List.copyOf(decisions.getOrDefault(device, new ArrayDeque<>()));
  }

  private void decide(DeviceStatus device, String at) {
    Deque<Decision> known = decisions.computeIfAbsent(device.device(), name -> new ArrayDeque<>());
    if (known.isEmpty() || !known.getFirst().words().equals(device.reason())) {
      known.addFirst(new Decision(at, device.reason()));
    }
    if (known.size() > MOST_DECISIONS) {
      known.removeLast();
    }
  }

  private static void append(Deque<Long> looks, long bytes) {
    looks.addLast(bytes);
    if (looks.size() > MOST_LOOKS) {
      looks.removeFirst();
    }
  }
}
