package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The port of the JDK's agent, set up as described in fadvised(8). */
class JmxPortIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final Path MANUAL = Path.of("src/main/man/fadvised.8");

  @TempDir private Path directory;
  private int port;
  private Path log;
  private Process daemon;
  private ObjectName control;

  @BeforeEach
  void startDaemon() throws Exception {
    control = new ObjectName("io.fadvised:type=Control");
    port = freePort();
    String manual = here(Files.readString(MANUAL).replace("\\-", "-"));
    writePrivately(
        "jmx.properties",
        manual
            .lines()
            .map(String::strip)
            .filter(line -> line.startsWith("com.sun.management."))
            .collect(Collectors.joining("\n")));
    writePrivately("jmx.password", "viewer secret\noperator other\n");
    writePrivately("jmx.access", "viewer readonly\noperator readwrite\n");
    Path config =
        writePrivately("fadvised.conf", "fadvised.devices.include = [ \"/nowhere/*\" ]\n");
    log = directory.resolve("log");
    ProcessBuilder builder = Shell.fadvisedInto(log, "run", "--config", config);
    Matcher options = Pattern.compile("=FADVISED_DAEMON_JAVA_OPTS=(\\S+)").matcher(manual);
    assertThat(options.find()).isTrue();
    builder.environment().put("FADVISED_DAEMON_JAVA_OPTS", options.group(1));
    daemon = builder.start();
    awaitStarted();
  }

  @AfterEach
  void endDaemon() {
    daemon.destroyForcibly();
  }

  @Test
  void readonlyRoleReadsAttributesButCannotInvokeOperations() throws Exception {
    try (JMXConnector connector = connect("viewer", "secret")) {
      MBeanServerConnection beans = connector.getMBeanServerConnection();

      assertThat(beans.getAttribute(control, "State")).isEqualTo("running");
      assertThat(beans.queryNames(new ObjectName("io.fadvised:type=Host,*"), null)).isNotEmpty();
      assertThatExceptionOfType(SecurityException.class)
          .isThrownBy(() -> beans.invoke(control, "pause", null, null));
      assertThat(beans.getAttribute(control, "State")).isEqualTo("running");
    }
  }

  @Test
  void readwriteRoleInvokesOperations() throws Exception {
    try (JMXConnector connector = connect("operator", "other")) {
      MBeanServerConnection beans = connector.getMBeanServerConnection();

      assertThat((String) beans.invoke(control, "pause", null, null)).startsWith("paused");
      assertThat(beans.getAttribute(control, "State")).isEqualTo("paused");
    }
  }

  @Test
  void wrongPasswordIsRejected() {
    assertThatExceptionOfType(SecurityException.class)
        .isThrownBy(() -> connect("viewer", "other").close());
  }

  @SuppressWarnings("BanJNDI") // the address is ours
  private JMXConnector connect(String role, String password) throws IOException {
    return JMXConnectorFactory.connect(
        new JMXServiceURL("service:jmx:rmi:///jndi/rmi://127.0.0.1:%d/jmxrmi".formatted(port)),
        Map.of(JMXConnector.CREDENTIALS, new String[] {role, password}));
  }

  private String here(String text) {
    return text.replace("7091", Integer.toString(port))
        .replace("/etc/fadvised", directory.toString());
  }

  private Path writePrivately(String name, String text) throws IOException {
    Path file = Files.writeString(directory.resolve(name), text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void awaitStarted() throws Exception {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (!Files.readString(log).contains("started")) {
      assertThat(daemon.isAlive()).as(Files.readString(log)).isTrue();
      assertThat(System.nanoTime()).as(Files.readString(log)).isLessThan(end);
      Thread.sleep(10);
    }
  }
}
