package io.fadvised.engine;

import io.fadvised.config.Settings;
import io.fadvised.engine.Device.FileShare;
import io.fadvised.linux.Failures;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.LoopScan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The attached devices, kept in step with sysfs. Owned by the engine's thread. */
final class DeviceRegistry {
  private final Host host;
  private final Listeners listeners;
  private boolean started;
  private final Map<String, Device> devices = new TreeMap<>(DeviceRegistry::compareNames);
  private List<LoopScan.Problem> unreadable = List.of();
  private DeviceTotals detached = DeviceTotals.ZERO;
  private List<DeviceReport> reports = List.of();

  /** The files of the devices, in their order, when they were last grouped. */
  private List<Optional<FileShare>> shares = List.of();

  private Map<Device, Device> leads = new HashMap<>();
  private Map<Device, List<Device>> followers = new HashMap<>();

  DeviceRegistry(Host host, Listeners listeners) {
    this.host = host;
    this.listeners = listeners;
  }

  /** Returns the devices in the order of their numbers. */
  Collection<Device> devices() {
    return devices.values();
  }

  /** Returns the devices whose sysfs entries could not be read. */
  List<LoopScan.Problem> unreadable() {
    return unreadable;
  }

  /** Returns whether this attachment is still present. */
  boolean has(Device device) {
    return devices.get(device.name()) == device;
  }

  /** Returns an attached device, or the one that is swept for it. */
  Optional<Device> lead(String name) {
    Device device = devices.get(name);
    Device lead = leads.get(device);
    return Optional.ofNullable(lead != null && has(lead) ? lead : device);
  }

  /** Returns the totals over all devices, detached ones included. */
  DeviceTotals totals() {
    return DeviceTotals.sum(detached, devices.values());
  }

  /**
   * Returns the report of each device, in the same list while none changes.
   *
   * @param sinceNanos see {@link Device#report(long)}
   */
  List<DeviceReport> reports(long sinceNanos) {
    List<DeviceReport> now = new ArrayList<>(devices.size());
    devices.values().forEach(device -> now.add(device.report(sinceNanos)));
    if (!now.equals(reports)) {
      reports = List.copyOf(now);
    }
    return reports;
  }

  /** Applies new settings to every device. */
  void apply(Settings settings, long nowNanos) {
    devices.values().forEach(device -> device.apply(settings, nowNanos));
  }

  /** Finds the devices that were attached, detached, or whose file was renamed. */
  void scan(Settings settings, long nowNanos) {
    try {
      LoopScan scan = host.scanner().scan(known());
      reportProblems(scan.problems());
      reconcile(scan, Set.copyOf(devices.keySet()), settings, nowNanos);
      started = true;
    } catch (IOException e) {
      listeners.hostProblem("cannot list loop devices, keeping those known: " + Failures.words(e));
      unreadable =
          List.of(new LoopScan.Problem("loop devices", "not listed: " + Failures.words(e)));
    }
  }

  /** Reads some devices that were attached, detached or changed, as uevents report. */
  void read(Set<String> names, Settings settings, long nowNanos) {
    List<LoopDevice> found = new ArrayList<>();
    List<LoopScan.Problem> problems = new ArrayList<>();
    for (LoopScan.Problem problem : unreadable) {
      if (!names.contains(problem.device())) {
        problems.add(problem);
      }
    }
    for (String name : names) {
      try {
        host.scanner().read(name).ifPresent(found::add);
      } catch (IOException e) {
        problems.add(LoopScan.Problem.unreadable(name, e));
      }
    }
    reportProblems(problems);
    reconcile(new LoopScan(found, problems), names, settings, nowNanos);
  }

  /**
   * Reads one device just before a sweep.
   *
   * @return whether it is the same attachment, and still managed
   */
  boolean refresh(Device device, Settings settings, long nowNanos) {
    try {
      Optional<LoopDevice> found = host.scanner().read(device.name());
      if (found.filter(device.attachment()::isSameAttachment).isPresent()) {
        update(device, found.get(), settings, nowNanos);
        return device.isManaged();
      }
    } catch (IOException e) {
      listeners.hostProblem(device.name() + ": cannot read its sysfs entry: " + Failures.words(e));
    }
    device.doubt(nowNanos);
    return false;
  }

  /** Takes over the present attributes, and applies the patterns to new names of the file. */
  void update(Device device, LoopDevice found, Settings settings, long nowNanos) {
    device.setUncounted(host.scanner().isUncounted(device.name()));
    device.refresh(found);
    if (device.needsSettings()) {
      boolean wasExcluded = device.isExcluded();
      device.apply(settings, nowNanos);
      if (device.isExcluded() != wasExcluded) {
        listeners.changed(device.report());
      }
    }
  }

  /**
   * Gives each device its I/O counters and payers. Of devices over the same part of the same file
   * the first one is swept for all, and the I/O of the others counts for it.
   */
  void observe(HostView view, long nowNanos) {
    Map<Device, List<Device>> before = followers;
    findFollowers();
    for (Device device : devices.values()) {
      boolean wasFollower = device.isFollower();
      Device lead = leads.get(device);
      if (lead == null) {
        device.unfollow(nowNanos);
      } else {
        device.follow(lead);
      }
      if (device.isFollower() != wasFollower) {
        listeners.changed(device.report());
      }
    }
    for (Device device : devices.values()) {
      List<Device> following = followers.getOrDefault(device, List.of());
      if (!Objects.equals(before.getOrDefault(device, List.of()), following)) {
        device.restartCount();
      }
      device.setLead(!following.isEmpty());
      view.updateCounters(device, following);
    }
  }

  /** Groups the devices by their files, if a file has changed. */
  private void findFollowers() {
    List<Optional<FileShare>> now = devices.values().stream().map(Device::fileShare).toList();
    if (now.equals(shares)) {
      return; // at most ticks of a host with thousands of devices
    }
    shares = now;
    leads = new HashMap<>();
    followers = new HashMap<>();
    Map<FileShare, Device> firsts = new HashMap<>();
    for (Device device : devices.values()) {
      Optional<Device> first = device.fileShare().map(file -> firsts.putIfAbsent(file, device));
      if (first.isPresent()) {
        leads.put(device, first.get());
        followers.computeIfAbsent(first.get(), none -> new ArrayList<>()).add(device);
      }
    }
  }

  /** Returns the devices that the next scan need not read in full: all except those in doubt. */
  private Map<String, LoopDevice> known() {
    Map<String, LoopDevice> known = new HashMap<>();
    for (Device device : devices.values()) {
      if (!device.isInDoubt()) {
        known.put(device.name(), device.attachment());
      }
    }
    return known;
  }

  /**
   * Updates the table with the devices that were read. A device that could not be read is kept.
   *
   * @param wanted devices that were searched; removed unless they were found
   */
  private void reconcile(LoopScan scan, Set<String> wanted, Settings settings, long nowNanos) {
    Set<String> present = new HashSet<>();
    scan.problems().forEach(problem -> present.add(problem.device()));
    List<Device> appeared = new ArrayList<>();
    List<String> gone = new ArrayList<>();
    for (LoopDevice found : scan.devices()) {
      present.add(found.name());
      Device known = devices.get(found.name());
      if (known != null && known.isReplaced()) {
        known = null;
      }
      if (known != null && known.attachment().equals(found) && !known.isInDoubt()) {
        continue; // unchanged
      }
      if (known != null && known.attachment().isSameAttachment(found)) {
        update(known, found, settings, nowNanos);
      } else {
        remove(found.name(), gone);
        Device device = new Device(found, settings, !started, nowNanos);
        devices.put(found.name(), device);
        appeared.add(device);
      }
    }
    for (String name : wanted) {
      if (!present.contains(name)) {
        remove(name, gone);
      }
    }
    gone.forEach(listeners::disappeared);
    appeared.forEach(device -> listeners.appeared(device.report()));
  }

  private void remove(String name, List<String> names) {
    Device gone = devices.remove(name);
    if (gone != null) {
      detached = detached.plus(gone.totals());
      names.add(name);
    }
  }

  private void reportProblems(List<LoopScan.Problem> problems) {
    for (LoopScan.Problem problem : problems) {
      if (!unreadable.contains(problem)) {
        listeners.hostProblem(problem.device() + ": " + problem.message() + ", skipped");
      }
    }
    unreadable = problems;
  }

  /** Sorts loop2 before loop10. */
  private static int compareNames(String a, String b) {
    int byLength = Integer.compare(a.length(), b.length());
    return byLength != 0 ? byLength : a.compareTo(b);
  }
}
