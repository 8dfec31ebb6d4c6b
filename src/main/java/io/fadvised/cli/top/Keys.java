package io.fadvised.cli.top;

import io.fadvised.cli.top.StatusSource.Order;
import io.fadvised.status.DeviceStatus;
import java.util.List;
import java.util.Optional;

/** Maps keys to changes of the view and orders. Pure. */
final class Keys {
  /** Rows that a page key moves. */
  private static final int PAGE = 10;

  static final String HELP = "q quit  h help  o order  / filter  d detail";

  static final String HELP_ON_ORDERS = "  p pause  s sweep";

  /** A key and its effect in each line. */
  static final List<String> ALL =
      List.of(
          "q        quit",
          "h ?      these keys",
          "o        next order of the devices",
          "/        filter: Enter keeps it, Escape clears it",
          "up k     select the device above",
          "down j   select the device below; page keys move by " + PAGE,
          "d Enter  last decisions about the selected device",
          "space    freeze the view");

  /** Keys that need a daemon. */
  static final List<String> ORDERS =
      List.of("p        pause (asks first) or resume the daemon", "s        sweep all devices now");

  private static final int ESCAPE = 27;
  private static final int DELETE = 127;

  /** A key that terminals send as an escape sequence. */
  enum Special {
    UP,
    DOWN,
    PAGE_UP,
    PAGE_DOWN,
    /** Has no effect. */
    OTHER
  }

  /**
   * The effect of a key.
   *
   * @param view the next view
   * @param order for the daemon, if any; pause means resume if it is paused
   * @param quits whether to quit
   */
  record Pressed(View view, Optional<Order> order, boolean quits) {
    static Pressed show(View view) {
      return new Pressed(view, Optional.empty(), false);
    }
  }

  private Keys() {}

  /** Returns whether a key asks for {@link #ALL}. */
  static boolean isHelp(View view, int key) {
    return !view.typing() && (key == 'h' || key == '?');
  }

  static Pressed press(View view, Special key, List<DeviceStatus> devices) {
    int places =
        switch (key) {
          case UP -> -1;
          case DOWN -> 1;
          case PAGE_UP -> -PAGE;
          case PAGE_DOWN -> PAGE;
          case OTHER -> 0;
        };
    return Pressed.show(view.moved(devices, places));
  }

  static Pressed press(View view, int key, List<DeviceStatus> devices) {
    if (view.typing()) {
      return Pressed.show(type(view, key));
    }
    return switch (key) {
      case 'q', 'Q' -> new Pressed(view, Optional.empty(), true);
      case 'p' -> new Pressed(view, Optional.of(Order.PAUSE), false);
      case 's' -> new Pressed(view, Optional.of(Order.SWEEP), false);
      case 'o' -> Pressed.show(view.sortedByNext());
      case '/' -> Pressed.show(view.filteredBy("", true));
      case ESCAPE -> Pressed.show(view.filteredBy("", false));
      case ' ' -> Pressed.show(view.toggleFrozen());
      case 'd', '\r', '\n' -> Pressed.show(view.moved(devices, 0).toggleDetail());
      case 'k' -> press(view, Special.UP, devices);
      case 'j' -> press(view, Special.DOWN, devices);
      default -> Pressed.show(view);
    };
  }

  private static View type(View view, int key) {
    String text = view.filter();
    return switch (key) {
      case '\r', '\n' -> view.filteredBy(text, false);
      case ESCAPE -> view.filteredBy("", false);
      case '\b', DELETE -> view.filteredBy(withoutLast(text), true);
      default -> key < ' ' ? view : view.filteredBy(text + Character.toString(key), true);
    };
  }

  private static String withoutLast(String text) {
    return text.isEmpty() ? text : text.substring(0, text.offsetByCodePoints(text.length(), -1));
  }
}
