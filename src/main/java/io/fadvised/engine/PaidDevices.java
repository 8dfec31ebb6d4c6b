package io.fadvised.engine;

import io.fadvised.loop.IoCounters;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The devices that a cgroup uses, so that their lower cache is charged to it. Owned by the engine's
 * thread.
 */
final class PaidDevices {
  /** A cgroup pays for a device if this part of its I/O is the cgroup's. */
  private static final double MIN_SHARE_OF_IO = 0.25;

  /** With less I/O between two samples the share does not show who uses the device. */
  private static final long MIN_IO_BYTES = 64L << 10;

  /**
   * The I/O at one moment.
   *
   * @param own bytes by device
   * @param all of all users of these devices
   */
  private record Then(Map<String, Long> own, Map<String, IoCounters> all, long atNanos) {}

  private final Set<String> names = new TreeSet<>();
  private Optional<Then> then = Optional.empty();
  private boolean compared;

  /** Returns the names of the devices. */
  Set<String> names() {
    return names;
  }

  /**
   * Compares the cgroup's I/O with that of all since the last call.
   *
   * @param own bytes of the cgroup by device, since it was made
   * @param io of all loop devices
   */
  void update(Map<String, Long> own, LoopIo io) {
    if (then.isPresent() && then.get().atNanos() == io.atNanos()) {
      return; // with thousands of devices the counters are read less often
    }
    Map<String, IoCounters> all = new HashMap<>();
    own.keySet().forEach(name -> all.put(name, io.counters().getOrDefault(name, IoCounters.NONE)));
    names.retainAll(own.keySet());
    if (then.isPresent()) {
      compare(then.get(), own, all);
      compared = true;
    }
    then = Optional.of(new Then(own, all, io.atNanos()));
  }

  /**
   * A device without I/O may still have much lower cache. At first it counts as used by the cgroup
   * that has used it so far.
   */
  private void compare(Then before, Map<String, Long> own, Map<String, IoCounters> all) {
    all.forEach(
        (device, counters) -> {
          IoCounters earlier = before.all().getOrDefault(device, IoCounters.NONE);
          long ownBytes = own.getOrDefault(device, 0L) - before.own().getOrDefault(device, 0L);
          long allBytes = counters.since(earlier).totalBytes();
          if (Math.max(ownBytes, allBytes) >= MIN_IO_BYTES) {
            set(device, ownBytes, allBytes);
          } else if (!compared && own.getOrDefault(device, 0L) >= MIN_IO_BYTES) {
            set(device, own.getOrDefault(device, 0L), counters.totalBytes());
          }
        });
  }

  private void set(String device, long ownBytes, long allBytes) {
    if (ownBytes >= MIN_SHARE_OF_IO * allBytes) { // all are 0 if the kernel does not count them
      names.add(device);
    } else {
      names.remove(device);
    }
  }

  void forget() {
    names.clear();
    then = Optional.empty();
    compared = false;
  }
}
