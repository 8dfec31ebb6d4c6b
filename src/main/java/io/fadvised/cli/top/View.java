package io.fadvised.cli.top;

import io.fadvised.status.DeviceStatus;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What of all that is known is shown, and how.
 *
 * @param sort the order of the devices
 * @param filter a device is shown if its name, state or file contains that; all if empty
 * @param typing whether keys go to the filter
 * @param frozen whether what is shown stays as it is
 * @param detail whether the selected device is shown in full
 * @param selected the name of that device; empty is the first one shown
 */
record View(
    Sort sort, String filter, boolean typing, boolean frozen, boolean detail, String selected) {
  static final View AT_FIRST = new View(Sort.RESIDENT, "", false, false, false, "");

  /** By what devices are ordered; the most first, but names as they come. */
  enum Sort {
    RESIDENT,
    RELEASED,
    RETURNED,
    DIRTY,
    NAME;

    String words() {
      return name().toLowerCase(Locale.ROOT);
    }

    private Sort next() {
      return switch (this) {
        case RESIDENT -> RELEASED;
        case RELEASED -> RETURNED;
        case RETURNED -> DIRTY;
        case DIRTY -> NAME;
        case NAME -> RESIDENT;
      };
    }

    private long figure(DeviceStatus device) {
      return switch (this) {
        case RESIDENT -> device.residentBytes().orElse(-1);
        case RELEASED -> device.releasedBytes();
        case RETURNED -> device.returnedBytes();
        case DIRTY -> device.unwrittenBytes().orElse(-1);
        case NAME -> 0;
      };
    }
  }

  /** The devices to show, in their order. */
  List<DeviceStatus> of(List<DeviceStatus> devices) {
    return devices.stream()
        .filter(this::isShown)
        .sorted(Comparator.comparingLong(sort::figure).reversed())
        .toList();
  }

  /** The place of the selected device among those shown; the first if it is not among them. */
  int selectedOf(List<DeviceStatus> shown) {
    for (int i = 0; i < shown.size(); i++) {
      if (shown.get(i).device().equals(selected)) {
        return i;
      }
    }
    return 0;
  }

  View sortedByNext() {
    return new View(sort.next(), filter, typing, frozen, detail, selected);
  }

  View filteredBy(String text, boolean goOn) {
    return new View(sort, text, goOn, frozen, detail, selected);
  }

  View toggleFrozen() {
    return new View(sort, filter, typing, !frozen, detail, selected);
  }

  View toggleDetail() {
    return new View(sort, filter, typing, frozen, !detail, selected);
  }

  /** Selects the device so many places further down. */
  View moved(List<DeviceStatus> devices, int places) {
    List<DeviceStatus> shown = of(devices);
    if (shown.isEmpty()) {
      return this;
    }
    int place = Math.max(0, Math.min(shown.size() - 1, selectedOf(shown) + places));
    return new View(sort, filter, typing, frozen, detail, shown.get(place).device());
  }

  private boolean isShown(DeviceStatus device) {
    String wanted = filter.toLowerCase(Locale.ROOT);
    return (device.device() + "\n" + device.state() + "\n" + device.backingFile())
        .toLowerCase(Locale.ROOT)
        .contains(wanted);
  }
}
