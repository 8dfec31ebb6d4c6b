package io.fadvised.cli.top;

import io.fadvised.cli.top.Keys.Pressed;
import io.fadvised.cli.top.Keys.Special;
import io.fadvised.cli.top.StatusFeed.News;
import io.fadvised.cli.top.StatusSource.Order;
import io.fadvised.status.DeviceStatus;
import io.fadvised.status.HostStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.ControlChar;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.utils.AttributedString;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;
import org.jspecify.annotations.Nullable;

/** Shows a status source in a terminal until the user quits. */
public final class Top {
  private static final Duration KEY_TIMEOUT = Duration.ofMillis(100);
  private static final long ESCAPE_TIMEOUT_MILLIS = 20;
  private static final int ESCAPE = 27;
  private static final AttributedString NEWLINE = new AttributedString("\n");

  /** Messages disappear after this time. */
  private static final Duration MESSAGE_TIME = Duration.ofSeconds(5);

  private static final String PAUSE_QUESTION = "pause all sweeps? y/n";

  /** Used for terminal types that the host does not know. */
  private static final String FALLBACK_TYPE = "xterm";

  /** Used if the terminal reports no size. */
  private static final Size DEFAULT_SIZE = Size.of(80, 24);

  private final StatusSource source;
  private final Duration interval;
  private final boolean colour;
  private final History history = new History();
  private final AtomicBoolean quit = new AtomicBoolean();
  private View view = View.AT_FIRST;
  private boolean help;
  private @Nullable HostStatus host;
  private String message = "";
  private long messageAtNanos;
  private String failure = "";
  private long updatedAtNanos;

  /**
   * @param interval between updates
   * @param colour whether to use colours
   */
  public Top(StatusSource source, Duration interval, boolean colour) {
    this.source = source;
    this.interval = interval;
    this.colour = colour;
  }

  /** Makes {@link #run} return soon. May be called by any thread. */
  public void quit() {
    quit.set(true);
  }

  /**
   * Shows the source until the user quits.
   *
   * @param type the terminal type from TERM
   * @throws IOException if the terminal cannot be used
   */
  public void run(String type) throws IOException, InterruptedException {
    try (Terminal terminal = InheritedTerminal.open(isKnown(type) ? type : FALLBACK_TYPE);
        StatusFeed feed = new StatusFeed(source, interval)) {
      Attributes before = terminal.enterRawMode();
      disableSuspend(terminal);
      terminal.handle(Signal.INT, signal -> quit());
      terminal.puts(Capability.enter_ca_mode);
      terminal.puts(Capability.cursor_invisible);
      feed.start();
      updatedAtNanos = System.nanoTime();
      try {
        show(terminal, feed);
      } finally {
        terminal.puts(Capability.exit_ca_mode);
        terminal.puts(Capability.cursor_normal);
        terminal.flush();
        terminal.setAttributes(before);
      }
    }
  }

  /** Disables Ctrl-Z, which would leave the terminal in raw mode. */
  private static void disableSuspend(Terminal terminal) {
    Attributes attributes = terminal.getAttributes();
    attributes.setControlChar(ControlChar.VSUSP, 0);
    terminal.setAttributes(attributes);
  }

  /**
   * Returns whether the terminfo of the host has the cursor positioning of a terminal. Hosts are
   * often older than the terminals that people use.
   */
  private static boolean isKnown(String type) throws InterruptedException {
    try {
      return InfoCmp.getInfoCmp(type).contains("cup=");
    } catch (IOException e) {
      return false;
    }
  }

  private void show(Terminal terminal, StatusFeed feed) throws IOException, InterruptedException {
    Display display = new Display(terminal, true);
    AtomicBoolean resized = new AtomicBoolean(true);
    terminal.handle(Signal.WINCH, signal -> resized.set(true));
    Graphs graphs = new Graphs(terminal.encoding().equals(StandardCharsets.UTF_8));
    Size size = DEFAULT_SIZE;
    while (!quit.get()) {
      if (resized.getAndSet(false)) {
        size = sizeOf(terminal);
        display.resize(size);
        display.clear();
      }
      takeNews(feed);
      Screen screen = new Screen(graphs, colour, size.getColumns(), size.getRows());
      display.update(ended(lines(screen)), 0);
      press(terminal.reader(), feed);
    }
  }

  /**
   * Ends all lines but the last. JLine's display joins lines without an end, and modifies the list
   * that it is given.
   */
  private static List<AttributedString> ended(List<AttributedString> lines) {
    List<AttributedString> ended = new ArrayList<>();
    for (AttributedString line : lines) {
      boolean isLast = ended.size() == lines.size() - 1;
      ended.add(isLast ? line : AttributedString.join(AttributedString.EMPTY, line, NEWLINE));
    }
    return ended;
  }

  private static Size sizeOf(Terminal terminal) {
    Size size = terminal.getSize();
    return size.getColumns() > 0 && size.getRows() > 0 ? size : DEFAULT_SIZE;
  }

  private List<AttributedString> lines(Screen screen) {
    if (help) {
      return screen.help(takesOrders());
    }
    String now = message.isEmpty() || isMessageOld() ? trouble() : message;
    return host == null
        ? screen.waiting(source.name(), trouble())
        : screen.lines(host, history, view, source.name(), now);
  }

  private boolean isMessageOld() {
    return System.nanoTime() - messageAtNanos > MESSAGE_TIME.toNanos();
  }

  /** Returns why the status is out of date; empty if it is not. */
  private String trouble() {
    if (!failure.isEmpty()) {
      return failure;
    }
    Duration silence = Duration.ofNanos(System.nanoTime() - updatedAtNanos);
    return silence.compareTo(interval.plus(MESSAGE_TIME)) > 0
        ? "not responding for " + silence.toSeconds() + " s: these figures are that old"
        : "";
  }

  private void takeNews(StatusFeed feed) throws InterruptedException {
    for (News news = feed.poll(Duration.ZERO); news != null; news = feed.poll(Duration.ZERO)) {
      if (news instanceof News.Updated updated) {
        failure = "";
        updatedAtNanos = System.nanoTime();
        take(updated.status());
      } else if (news instanceof News.Failed failed) {
        failure = failed.words();
      } else if (news instanceof News.Done done) {
        showMessage(done.words());
      }
    }
  }

  private void take(HostStatus status) {
    if (!view.frozen() || host == null) {
      history.add(status);
      host = status;
    }
  }

  private void showMessage(String words) {
    message = words;
    messageAtNanos = System.nanoTime();
  }

  private void press(NonBlockingReader keys, StatusFeed feed) throws IOException {
    int key = keys.read(KEY_TIMEOUT.toMillis());
    if (key == NonBlockingReader.READ_EXPIRED) {
      return;
    }
    if (key == NonBlockingReader.EOF) {
      quit.set(true);
      return;
    }
    if (!help && answer(key, feed)) {
      return;
    }
    Special special = key == ESCAPE ? special(keys) : null;
    if (help || (special == null && Keys.isHelp(view, key))) {
      help = !help; // any key closes it
      return;
    }
    List<DeviceStatus> devices = host == null ? List.of() : host.devices();
    Pressed pressed =
        special == null ? Keys.press(view, key, devices) : Keys.press(view, special, devices);
    view = pressed.view();
    if (takesOrders()) {
      pressed.order().ifPresent(order -> give(order, feed));
    }
    if (pressed.quits()) {
      quit.set(true);
    }
  }

  /** Without a daemon this process only measures. */
  private boolean takesOrders() {
    return host != null && host.daemon().isPresent();
  }

  /** Asks before a pause, which affects all devices of the host. */
  private void give(Order order, StatusFeed feed) {
    if (order != Order.PAUSE) {
      feed.give(order);
    } else if (host != null && host.paused()) {
      feed.give(Order.RESUME);
    } else {
      showMessage(PAUSE_QUESTION);
    }
  }

  /** Returns whether the key answered the question. */
  private boolean answer(int key, StatusFeed feed) {
    if (!message.equals(PAUSE_QUESTION) || isMessageOld()) {
      return false;
    }
    message = "";
    if (key == 'y' || key == 'Y') {
      feed.give(Order.PAUSE);
    }
    return true;
  }

  /**
   * Reads the rest of an escape sequence: ESC [ A and similar, or ESC O A in the application mode
   * of xterm. It ends with a byte from @ to ~ (ECMA-48, 5.4). Returns null after a bare ESC.
   */
  private static @Nullable Special special(NonBlockingReader keys) throws IOException {
    int introducer = keys.read(ESCAPE_TIMEOUT_MILLIS);
    if (introducer != '[' && introducer != 'O') {
      return null;
    }
    StringBuilder sequence = new StringBuilder();
    int key;
    do {
      key = keys.read(ESCAPE_TIMEOUT_MILLIS);
      sequence.append((char) Math.max(0, key));
    } while (key >= ' ' && key < '@');
    return switch (sequence.toString()) {
      case "A" -> Special.UP;
      case "B" -> Special.DOWN;
      case "5~" -> Special.PAGE_UP;
      case "6~" -> Special.PAGE_DOWN;
      default -> Special.OTHER;
    };
  }
}
