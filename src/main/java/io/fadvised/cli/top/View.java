package io.fadvised.cli.top;

import io.fadvised.status.DeviceStatus;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The selection, order and filter of the devices on the screen.
 *
 * @param filter text that name, state or backing file must contain, in any case; empty shows all
 * @param typing whether keys edit the filter
 * @param frozen whether updates are ignored
 * @param detail whether the details of the selected device are shown
 * @param selected the name of the selected device; the first one shown if empty
 */
record View(
    Sort sort, String filter, boolean typing, boolean frozen, boolean detail, String selected) {
  static final View AT_FIRST = new View(Sort.RESIDENT, "", false, false, false, "");

  /** The key for sorting, highest first; {@code NAME} keeps the order of the status. */
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

  /** Returns the devices to show, sorted. */
  List<DeviceStatus> of(List<DeviceStatus> devices) {
    return devices.stream()
        .filter(this::isShown)
        .sorted(Comparator.comparingLong(sort::figure).reversed())
        .toList();
  }

  /** Returns the index of the selected device; 0 if it is not shown. */
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

  View filteredBy(String text, boolean keepTyping) {
    return new View(sort, text, keepTyping, frozen, detail, selected);
  }

  View toggleFrozen() {
    return new View(sort, filter, typing, !frozen, detail, selected);
  }

  View toggleDetail() {
    return new View(sort, filter, typing, frozen, !detail, selected);
  }

  /** Moves the selection down, or up if {@code places} is negative; stops at the ends. */
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
