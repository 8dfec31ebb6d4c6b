package io.fadvised.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.tools.attach.VirtualMachine;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import io.fadvised.metrics.ControlMXBean;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A tenant chose the names of a backing file and a mount point, and a name of maximum length.
 * Checks everything that the packaged program prints.
 */
@NeedsLoopDevices
@Timeout(240)
class HostileNamesIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** In Python's notation, because Java cannot name files whose names are not UTF-8. */
  private static final String NAME =
      "esc\\x1b[2J\\x1b]0;title\\x07 \\nFORGED line\\r\\tq\\\"',=:*?{a=\\\"b\\\"} # \\\\n"
          + " csi\\xc2\\x9b31m rtl\\xe2\\x80\\xae zero\\xe2\\x80\\x8b nel\\xc2\\x85"
          + " ls\\xe2\\x80\\xa8 bad\\xff\\xfe\\xc3( $(id) `id` <b>";

  /**
   * Moves the cursor, sets colours and switches screens; OSC, which sets titles, is not included.
   */
  private static final String SEQUENCES_OF_TOP =
      "\u001b\\[[0-9;?]*[@-~]|\u001b[()][AB0]|\u001b[=>78M]|[\r\b\u000e\u000f]";

  /** Matches a sample in Prometheus's text format, whose labels escape three characters. */
  private static final String SAMPLE =
      "[a-z_A-Z0-9:]+(\\{([a-z_A-Z0-9]+=\"[^\"\\\\]*+(\\\\[\\\\\"n][^\"\\\\]*+)*+\",?)*})?"
          + " [-+.0-9a-zA-Z]+";

  /** Must be in the output, as proof that the name was printed. */
  private static final String SHOWN = "esc\\u001b[2J\\u001b]0;title\\u0007 \\nFORGED line\\r\\tq";

  private static final String SET_UP =
      """
      import os, subprocess, sys
      top = os.fsencode(sys.argv[1])
      name = b"%s"
      def attach(image):
          with open(image, 'wb') as f: f.truncate(16 << 20)
          return subprocess.run([b'losetup', b'--find', b'--show', image], check=True,
              stdout=subprocess.PIPE).stdout.decode().strip()
      hostile = attach(top + b'/' + name)
      subprocess.run(['mkfs.ext4', '-q', '-b', '4096', hostile], check=True)
      mount = top + b'/mounted ' + name
      os.mkdir(mount)
      subprocess.run([b'mount', '-t', 'ext4', hostile, mount], check=True)
      with open(mount + b'/data', 'wb') as f:
          f.write(b'x' * (4 << 20)); f.flush(); os.fsync(f.fileno())
      deep = top
      while len(deep) < 3826: deep += b'/' + b'd' * 250
      os.makedirs(deep)
      deep += b'/' + b'e' * (4080 - len(deep))
      print(hostile, attach(deep))
      """
          .formatted(NAME);

  private static final String CLEAN_UP =
      """
      umount "$1"/mounted*
      for file in /sys/block/loop*/loop/backing_file; do
          case $(cat "$file") in
              "$1"/*) device=${file#/sys/block/} && losetup --detach "/dev/${device%%/*}" ;;
          esac
      done
      rm -rf "$1"
      """;

  @TempDir private Path directory;
  private Path images;
  private String hostile;
  private String longest;
  private Process daemon;
  private Path log;
  private int port;
  private TmuxTerminal terminal;

  @BeforeEach
  void attachAndStart() throws Exception {
    images = Files.createDirectory(directory.resolve("images"));
    String[] devices = Shell.run("python3", "-c", SET_UP, images).split(" ", -1);
    hostile = devices[0];
    longest = devices[1];
    port = Ports.free();
    log = directory.resolve("log");
    Path config =
        Files.writeString(
            directory.resolve("fadvised.conf"),
            ("fadvised { devices { \"include\" = [ \"%s/**\" ] }, interval.max = 1s,"
                    + " log.level = debug, budget { relaxed = 0, pressed = 0 },"
                    + " metrics.listen = \"127.0.0.1:%d\" }\n")
                .formatted(images, port));
    daemon = Shell.fadvisedInto(log, "run", "--config", config).start();
    await(() -> scrape().contains("fadvised_device_state{device=\"" + name(longest) + "\""));
    terminal = new TmuxTerminal(directory, Shell.socketIn(directory));
  }

  /** Deletes the files, because JUnit cannot name them. */
  @AfterEach
  void end() throws Exception {
    if (terminal != null) {
      terminal.end();
    }
    if (daemon != null) {
      daemon.destroy();
      daemon.waitFor();
    }
    Shell.run("sh", "-c", CLEAN_UP, "sh", images);
  }

  @Test
  void controlCharactersOfNamesReachNoOutput() throws Exception {
    for (List<Object> command :
        List.<List<Object>>of(
            List.of("status"),
            List.of("status", "--json"),
            List.of("top"),
            List.of("residency", hostile, longest),
            List.of("evict", "--dry-run", hostile, longest),
            List.of("evict", "--json", hostile, longest),
            List.of("doctor"),
            List.of("doctor", "--json"))) {
      CommandResult result = ask(command);
      String source = command + ": " + result.err();
      assertPrintable(source, result.out());
      assertPrintable(source, result.err());
      assertThat(result.out()).as(source).contains(name(hostile)).contains(name(longest));
      if (command.contains("--json")) {
        assertThat(json(result.out())).as(source).isNotEmpty();
      }
    }
    assertThat(ask(List.of("status", "--json")).out())
        .contains(SHOWN.replace("\\", "\\\\").replace("\"", "\\\""));

    String beans = beans();
    assertPrintable("JMX", beans);
    assertThat(beans).contains(SHOWN).contains("d".repeat(250));

    String scraped = scrape();
    assertPrintable("Prometheus", scraped);
    assertThat(scraped.lines()).allMatch(line -> line.startsWith("# ") || line.matches(SAMPLE));
    assertThat(scraped).contains(SHOWN.replace("\\", "\\\\"));

    String journal = Files.readString(log, ISO_8859_1);
    assertThat(journal).contains(SHOWN).contains("d".repeat(250));
    assertPrintable("the journal", Files.readString(log));
    assertThat(journal.lines()).allMatch(line -> line.matches("2\\d\\d\\d-.*|\\s.*|WARNING: .*"));
  }

  @Test
  void controlCharactersOfNamesReachNoTerminalInTop() throws Exception {
    terminal.openAs("xterm-256color", 80, 24, "top");
    terminal.await("the device is there", () -> terminal.screen().contains(name(hostile)));
    String title = terminal.format("#{pane_title}");
    terminal.press("o"); // all views: other orders, the detail, the filter
    terminal.press("/");
    terminal.press(name(hostile));
    terminal.press("Enter");
    terminal.press("d");
    terminal.await("its details", () -> terminal.screen().contains("esc\\u001b[2J\\u001b]0;"));
    terminal.resize(250, 40);
    terminal.await("more of its name", () -> terminal.screen().contains(SHOWN));
    terminal.press("s");
    terminal.await("it was swept", () -> terminal.screen().contains("swept"));

    assertPrintable("the screen", terminal.screen());
    assertThat(terminal.format("#{pane_title}")).isEqualTo(title);
    terminal.press("q");
    terminal.await("it has ended", () -> terminal.screen().contains("exit code 0"));
    String written = new String(terminal.written(), UTF_8);
    assertThat(written).contains("\u001b[").doesNotContain("esc\u001b");
    assertPrintable("to the terminal", written.replaceAll(SEQUENCES_OF_TOP, ""));
  }

  private CommandResult ask(List<Object> command) throws Exception {
    return Shell.ask(directory, command.toArray());
  }

  /** Returns names and attributes of fadvised's MBeans. */
  @SuppressWarnings("BanJNDI") // the daemon is ours
  private String beans() throws Exception {
    StringBuilder text = new StringBuilder();
    VirtualMachine jvm = VirtualMachine.attach(Long.toString(daemon.pid()));
    try (JMXConnector client =
        JMXConnectorFactory.connect(new JMXServiceURL(jvm.startLocalManagementAgent()))) {
      MBeanServerConnection beans = client.getMBeanServerConnection();
      for (ObjectName bean : beans.queryNames(new ObjectName("io.fadvised:*"), null)) {
        for (MBeanAttributeInfo attribute : beans.getMBeanInfo(bean).getAttributes()) {
          Object value = beans.getAttribute(bean, attribute.getName());
          text.append(bean)
              .append(' ')
              .append(value instanceof Object[] many ? List.of(many) : value)
              .append('\n');
        }
      }
      text.append(beans.invoke(new ObjectName(ControlMXBean.NAME), "status", null, null));
    } finally {
      jvm.detach();
    }
    return text.toString();
  }

  private static void assertPrintable(String source, String text) {
    assertThat(
            text.codePoints().filter(HostileNamesIT::isUnprintable).mapToObj(Integer::toHexString))
        .as(source)
        .isEmpty();
    assertThat(text.lines()).as(source).noneMatch(line -> line.startsWith("FORGED"));
  }

  private static boolean isUnprintable(int codePoint) {
    return codePoint != '\n'
        && switch (Character.getType(codePoint)) {
          case Character.CONTROL,
              Character.FORMAT,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR,
              Character.SURROGATE,
              Character.UNASSIGNED ->
              true;
          default -> false;
        };
  }

  private static String json(String text) {
    return ConfigFactory.parseString(
            text, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON))
        .root()
        .unwrapped()
        .toString();
  }

  private static String name(String device) {
    return device.substring("/dev/".length());
  }

  private String scrape() throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build();
    try {
      return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      return "";
    }
  }

  private void await(Condition condition) throws Exception {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as(Files.readString(log)).isLessThan(end);
      Thread.sleep(100);
    }
  }

  @FunctionalInterface
  private interface Condition {
    boolean holds() throws Exception;
  }
}
