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
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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
 * A tenant chose the names: of a backing file, of the folder where its device is mounted, and of
 * another that is as long as names can be. All that the delivered program prints is looked at.
 */
@NeedsLoopDevices
@Timeout(240)
class HostileNamesIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** In Python's notation: Java cannot name files whose names are not UTF-8. */
  private static final String NAME =
      "esc\\x1b[2J\\x1b]0;title\\x07 \\nFORGED line\\r\\tq\\\"',=:*?{a=\\\"b\\\"} # \\\\n"
          + " csi\\xc2\\x9b31m rtl\\xe2\\x80\\xae zero\\xe2\\x80\\x8b nel\\xc2\\x85"
          + " ls\\xe2\\x80\\xa8 bad\\xff\\xfe\\xc3( $(id) `id` <b>";

  /** To place the cursor, to colour, to switch screens; OSC, which sets titles, is none of them. */
  private static final String ORDERS_OF_TOP =
      "\u001b\\[[0-9;?]*[@-~]|\u001b[()][AB0]|\u001b[=>78M]|[\r\b\u000e\u000f]";

  /** A line with a value in Prometheus's text format; its labels escape three characters. */
  private static final String SAMPLE =
      "[a-z_A-Z0-9:]+(\\{([a-z_A-Z0-9]+=\"[^\"\\\\]*+(\\\\[\\\\\"n][^\"\\\\]*+)*+\",?)*})?"
          + " [-+.0-9a-zA-Z]+";

  /** What of it has to be seen, or it was not printed at all. */
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

  @TempDir private Path folder;
  private Path images;
  private String hostile;
  private String longest;
  private Process daemon;
  private Path log;
  private int port;
  private TmuxTerminal terminal;

  @BeforeEach
  void attachAndStart() throws Exception {
    images = Files.createDirectory(folder.resolve("images"));
    String[] devices = Shell.run("python3", "-c", SET_UP, images).split(" ", -1);
    hostile = devices[0];
    longest = devices[1];
    port = freePort();
    log = folder.resolve("log");
    Path config =
        Files.writeString(
            folder.resolve("fadvised.conf"),
            ("fadvised { devices { \"include\" = [ \"%s/**\" ] }, interval.max = 1s,"
                    + " log.level = debug, budget { relaxed = 0, pressed = 0 } }\n")
                .formatted(images));
    ProcessBuilder builder = Shell.fadvisedInto(log, "run", "--config", config);
    builder
        .environment()
        .put(
            "FADVISED_DAEMON_JAVA_OPTS",
            "-javaagent:%s=127.0.0.1:%d:%s"
                .formatted(
                    MonitoringIT.exporter(),
                    port,
                    Path.of("packaging/monitoring/jmx-exporter.yaml").toAbsolutePath()));
    daemon = builder.start();
    await(() -> scrape().contains("fadvised_device_state{device=\"" + name(longest) + "\""));
    Path pidFile = Files.writeString(folder.resolve("pid"), daemon.pid() + "\n");
    terminal = new TmuxTerminal(folder, pidFile);
  }

  /** Not by JUnit, which cannot name these files. */
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
  void nothingOfThemReachesATerminalAJournalOrAMonitor() throws Exception {
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
      Typed typed = ask(command);
      String what = command + ": " + typed.err();
      assertHarmless(what, typed.out());
      assertHarmless(what, typed.err());
      assertThat(typed.out()).as(what).contains(name(hostile)).contains(name(longest));
      if (command.contains("--json")) {
        assertThat(json(typed.out())).as(what).isNotEmpty();
      }
    }
    assertThat(ask(List.of("status", "--json")).out())
        .contains(SHOWN.replace("\\", "\\\\").replace("\"", "\\\""));

    String beans = beans();
    assertHarmless("JMX", beans);
    assertThat(beans).contains(SHOWN).contains("d".repeat(250));

    String scraped = scrape();
    assertHarmless("Prometheus", scraped);
    assertThat(scraped.lines()).allMatch(line -> line.startsWith("# ") || line.matches(SAMPLE));
    assertThat(scraped).contains(SHOWN.replace("\\", "\\\\"));

    String journal = Files.readString(log, ISO_8859_1);
    assertThat(journal).contains(SHOWN).contains("d".repeat(250));
    assertHarmless("the journal", Files.readString(log));
    assertThat(journal.lines()).allMatch(line -> line.matches("2\\d\\d\\d-.*|\\s.*|WARNING: .*"));
  }

  @Test
  void nothingOfThemIsObeyedByATerminalWithTop() throws Exception {
    terminal.openAs("xterm-256color", 80, 24, "top");
    terminal.await("the device is there", () -> terminal.screen().contains(name(hostile)));
    String title = terminal.known("#{pane_title}");
    terminal.press("o"); // all that there is to see: other orders, the details, the filter
    terminal.press("/");
    terminal.press(name(hostile));
    terminal.press("Enter");
    terminal.press("d");
    terminal.await("its details", () -> terminal.screen().contains("esc\\u001b[2J\\u001b]0;"));
    terminal.resize(250, 40);
    terminal.await("more of its name", () -> terminal.screen().contains(SHOWN));
    terminal.press("s");
    terminal.await("it was swept", () -> terminal.screen().contains("swept"));

    assertHarmless("the screen", terminal.screen());
    assertThat(terminal.known("#{pane_title}")).isEqualTo(title);
    terminal.press("q");
    terminal.await("it has ended", () -> terminal.screen().contains("exit code 0"));
    String written = new String(terminal.written(), UTF_8);
    assertThat(written).contains("\u001b[").doesNotContain("esc\u001b");
    assertHarmless("to the terminal", written.replaceAll(ORDERS_OF_TOP, ""));
  }

  private Typed ask(List<Object> command) throws Exception {
    List<Object> words =
        new ArrayList<>(
            List.of("env", "FADVISED_PID_FILE=" + folder.resolve("pid"), Shell.launcher()));
    words.addAll(command);
    return Shell.attempt(words.toArray());
  }

  /** Names and attributes of all MBeans of ours. */
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

  private static void assertHarmless(String what, String text) {
    assertThat(text.codePoints().filter(HostileNamesIT::isHarmful).mapToObj(Integer::toHexString))
        .as(what)
        .isEmpty();
    assertThat(text.lines()).as(what).noneMatch(line -> line.startsWith("FORGED"));
  }

  private static boolean isHarmful(int codePoint) {
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
            "{\"a\":" + text + "}", ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON))
        .getValue("a")
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

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void await(Condition condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as(Files.readString(log)).isLessThan(end);
      Thread.sleep(100);
    }
  }

  /** Something to wait for. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws Exception;
  }
}
