package io.fadvised.engine;

import io.fadvised.config.DeviceSelection;
import io.fadvised.config.Settings;
import io.fadvised.engine.ManagedDevice.FileShare;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.LoopScan;
import io.fadvised.policy.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The attached devices, kept in step with what scans find. Owned by the engine's thread. */
final class DeviceTable {
  private final Map<String, ManagedDevice> devices = new TreeMap<>(DeviceTable::compareNames);
  private DeviceTotals detached = DeviceTotals.ZERO;

  /**
   * What a scan changed.
   *
   * @param appeared devices that are new, or attached anew
   * @param disappeared names of devices that are gone, or attached anew
   */
  record Changes(List<ManagedDevice> appeared, List<String> disappeared) {}

  /** In the order of their numbers. */
  Collection<ManagedDevice> devices() {
    return devices.values();
  }

  /**
   * Finds the devices that show the same part of the same file: the first one is swept for all.
   *
   * @return each that is swept for others, with these
   */
  Map<ManagedDevice, List<ManagedDevice>> shareFiles(long nowNanos) {
    Map<FileShare, ManagedDevice> leads = new HashMap<>();
    Map<ManagedDevice, List<ManagedDevice>> followers = new HashMap<>();
    for (ManagedDevice device : devices.values()) {
      ManagedDevice lead =
          device
              .fileShare()
              .map(share -> leads.computeIfAbsent(share, none -> device))
              .orElse(device);
      if (lead == device) {
        device.unfollow(nowNanos);
      } else {
        device.follow(lead);
        followers.computeIfAbsent(lead, none -> new ArrayList<>()).add(device);
      }
    }
    return followers;
  }

  /** What the next scan need not read again: all but those in doubt. */
  Map<String, LoopDevice> known() {
    Map<String, LoopDevice> known = new HashMap<>();
    for (ManagedDevice managed : devices.values()) {
      if (!managed.isInDoubt()) {
        known.put(managed.name(), managed.device());
      }
    }
    return known;
  }

  /** What was done for all devices, also for those that are gone. */
  DeviceTotals totals() {
    return devices.values().stream()
        .map(ManagedDevice::totals)
        .reduce(detached, DeviceTotals::plus);
  }

  /** Brings the table in step with a scan. A device that could not be read is not gone. */
  Changes reconcile(LoopScan scan, Settings settings, long nowNanos) {
    Changes changes = new Changes(new ArrayList<>(), new ArrayList<>());
    Set<String> present = new HashSet<>();
    scan.problems().forEach(problem -> present.add(problem.device()));
    for (LoopDevice seen : scan.devices()) {
      present.add(seen.name());
      take(seen, settings, nowNanos, changes);
    }
    for (String name : List.copyOf(devices.keySet())) {
      if (!present.contains(name)) {
        remove(name, changes);
      }
    }
    return changes;
  }

  /** Whether it is in the table itself, and not another one in its place. */
  boolean has(ManagedDevice device) {
    return devices.get(device.name()) == device;
  }

  /** Puts one in the place of another; false if that is gone. */
  boolean replace(ManagedDevice old, ManagedDevice anew) {
    return devices.replace(old.name(), old, anew);
  }

  /** Applies new settings to every device. */
  void apply(Settings settings, long nowNanos) {
    devices.values().forEach(managed -> apply(managed, settings, nowNanos));
  }

  /** Applies the settings that hold for a device as it is now called. */
  void apply(ManagedDevice managed, Settings settings, long nowNanos) {
    managed.apply(
        settings.forDevice(managed.name(), managed.pathText()),
        exclusion(managed.device(), settings),
        nowNanos);
  }

  private void take(LoopDevice seen, Settings settings, long nowNanos, Changes changes) {
    ManagedDevice known = devices.get(seen.name());
    if (known != null && known.device().isSameAttachment(seen)) {
      known.refresh(seen);
      return;
    }
    if (known != null) {
      remove(seen.name(), changes);
    }
    ManagedDevice anew =
        new ManagedDevice(
            seen,
            settings.forDevice(seen.name(), seen.backingPath().matchingText()),
            exclusion(seen, settings),
            nowNanos);
    devices.put(seen.name(), anew);
    changes.appeared().add(anew);
  }

  private void remove(String name, Changes changes) {
    ManagedDevice gone = devices.remove(name);
    if (gone != null) {
      detached = detached.plus(gone.totals());
      changes.disappeared().add(name);
    }
  }

  /** The reason for leaving a device alone, or the one of a device not looked at yet. */
  private static Reason exclusion(LoopDevice device, Settings settings) {
    DeviceSelection selection =
        settings.devices().selection(device.name(), device.backingPath().matchingText());
    return selection.included()
        ? new Reason(Reason.Code.NEW, "not looked at yet")
        : new Reason(Reason.Code.EXCLUDED, selection.reason());
  }

  /** loop2 before loop10. */
  private static int compareNames(String a, String b) {
    int byLength = Integer.compare(a.length(), b.length());
    return byLength != 0 ? byLength : a.compareTo(b);
  }
}
