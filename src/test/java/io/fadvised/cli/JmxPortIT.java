package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.MBeanServerConnection;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import javax.rmi.ssl.SslRMIClientSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The port of the JDK's agent, set up in an empty directory by the commands in fadvised(8). Only
 * directory, port and addresses differ.
 */
@NeedsLoopDevices(programs = {"openssl", "keytool", "jconsole", "Xvfb", "xdotool"})
class JmxPortIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final Path MANUAL = Path.of("src/main/man/fadvised.8");
  private static final String PLAIN_DROPIN = "Environment=FADVISED";
  private static final String TLS_DROPIN = "IPAddressAllow";
  private static final String TLS_ADDRESS = "127.0.0.2";

  @TempDir private Path directory;
  private Path log;
  private int port;
  private String address = "127.0.0.1";
  private List<String> examples;
  private Process daemon;

  @BeforeEach
  void makeFiles() throws Exception {
    log = directory.resolve("log");
    port = Ports.free();
    String manual = Files.readString(MANUAL).replace("\\-", "-").replace("\\e\n", "\\\n");
    examples =
        Pattern.compile("(?s)\\.nf\n(.*?)\\.fi\n")
            .matcher(here(manual))
            .results()
            .map(example -> example.group(1).indent(-4))
            .toList();
    Shell.run("sh", "-ec", example("jmx.access"));
    Files.writeString(
        directory.resolve("jmx.password"), "\noperator other\n", StandardOpenOption.APPEND);
    Files.writeString(
        directory.resolve("jmx.access"), "\noperator readwrite\n", StandardOpenOption.APPEND);
  }

  @AfterEach
  void endDaemon() throws Exception {
    if (daemon != null) {
      daemon.destroyForcibly().waitFor(); // it has a lock that the next one needs
    }
  }

  @Test
  void readonlyRoleReadsAllMBeansButCannotInvokeOperations() throws Exception {
    start(PLAIN_DROPIN);
    try (JMXConnector connector = connect("viewer", password());
        JMXConnector other = connect("operator", "other")) {
      MBeanServerConnection beans = connector.getMBeanServerConnection();
      ObjectName all = new ObjectName("*:*");

      assertThat(beans.getAttribute(control(), "State")).isEqualTo("running");
      assertThat(beans.queryNames(all, null))
          .contains(new ObjectName("io.fadvised:type=Host,name=pressure"))
          .isEqualTo(other.getMBeanServerConnection().queryNames(all, null));
      assertThatExceptionOfType(SecurityException.class)
          .isThrownBy(() -> beans.invoke(control(), "pause", null, null));
      assertThat(beans.getAttribute(control(), "State")).isEqualTo("running");
    }
  }

  @Test
  void readwriteRoleInvokesOperations() throws Exception {
    start(PLAIN_DROPIN);
    try (JMXConnector connector = connect("operator", "other")) {
      MBeanServerConnection beans = connector.getMBeanServerConnection();

      assertThat((String) beans.invoke(control(), "pause", null, null)).startsWith("paused");
      assertThat(beans.getAttribute(control(), "State")).isEqualTo("paused");
    }
  }

  @Test
  void wrongPasswordIsRejected() throws Exception {
    start(PLAIN_DROPIN);

    assertThatExceptionOfType(SecurityException.class)
        .isThrownBy(() -> connect("viewer", "other").close());
  }

  @Test
  void jconsoleConnectsWithUserAndPassword() throws Exception {
    start(PLAIN_DROPIN);
    try (JConsole jconsole = new JConsole(directory, List.of())) {
      jconsole.connect(address + ":" + port, "viewer", password());

      assertThat(jconsole.connected()).isEqualTo("process %d, running", daemon.pid());
    }
  }

  @Test
  void jconsoleAttachesToTheProcess() throws Exception {
    launch("");
    try (JConsole jconsole = new JConsole(directory, List.of(Long.toString(daemon.pid())))) {
      assertThat(jconsole.connected()).isEqualTo("process %d, running", daemon.pid());
    }
  }

  @Test
  void clientWithTheCertificateConnectsByTls() throws Exception {
    Shell.run("sh", "-ec", example("openssl req"));
    start(TLS_DROPIN);
    address = TLS_ADDRESS;
    String client = example("keytool");
    int last = client.indexOf("jconsole ");
    Shell.run("sh", "-ec", "cd " + directory + "\n" + client.substring(0, last));
    List<String> trust =
        Pattern.compile("-J(-D\\S+)")
            .matcher(client)
            .results()
            .map(option -> option.group(1).replace("jmx-", directory + "/jmx-"))
            .toList();

    assertThat(clientByTls(trust)).isEqualTo("running, pause rejected");
    assertThat(clientByTls(List.of())).contains("PKIX path building failed");
    assertThatExceptionOfType(IOException.class)
        .as("without TLS")
        .isThrownBy(() -> connect("viewer", password()).close());
    List<String> options = trust.stream().map(option -> "-J" + option).toList();
    try (JConsole jconsole = new JConsole(directory, options)) {
      jconsole.connect(address + ":" + port, "viewer", password());

      assertThat(jconsole.connected()).isEqualTo("process %d, running", daemon.pid());
    }
  }

  /** Runs {@link #main} in a JVM of its own, since trust is a property of the JVM. */
  private String clientByTls(List<String> options) throws Exception {
    Object[] command =
        Stream.of(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()),
                options,
                List.of("-cp", "target/test-classes", JmxPortIT.class.getName()),
                List.of(url(), password()))
            .flatMap(List::stream)
            .toArray();
    CommandResult result = Shell.attempt(command);
    return (result.out() + result.err()).strip();
  }

  /** Prints the state of the daemon and whether a read-only role can pause it. */
  @SuppressWarnings("BanJNDI") // the address is ours
  public static void main(String[] arguments) throws Exception {
    Map<String, Object> environment = new HashMap<>();
    environment.put(JMXConnector.CREDENTIALS, new String[] {"viewer", arguments[1]});
    environment.put("com.sun.jndi.rmi.factory.socket", new SslRMIClientSocketFactory());
    try (JMXConnector connector =
        JMXConnectorFactory.connect(new JMXServiceURL(arguments[0]), environment)) {
      MBeanServerConnection beans = connector.getMBeanServerConnection();
      System.out.print(beans.getAttribute(control(), "State"));
      try {
        beans.invoke(control(), "pause", null, null);
      } catch (SecurityException e) {
        System.out.println(", pause rejected");
      }
    }
  }

  /** Starts the daemon with the variable of a drop-in. */
  private void start(String dropIn) throws Exception {
    Matcher variable =
        Pattern.compile("FADVISED_DAEMON_JAVA_OPTS=([^\"\n]+)")
            .matcher(example(dropIn).replace("\\\n", " ")); // as systemd joins lines
    assertThat(variable.find()).isTrue();
    launch(variable.group(1));
  }

  private void launch(String options) throws Exception {
    Path config =
        Files.writeString(
            directory.resolve("fadvised.conf"), "fadvised.devices.include = [ \"/nowhere/*\" ]\n");
    ProcessBuilder builder = Shell.fadvisedInto(log, "run", "--config", config);
    builder.environment().put("FADVISED_DAEMON_JAVA_OPTS", options);
    daemon = builder.start();
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (!Files.readString(log).contains("started")) {
      assertThat(daemon.isAlive()).as(Files.readString(log)).isTrue();
      assertThat(System.nanoTime()).as(Files.readString(log)).isLessThan(end);
      Thread.sleep(10);
    }
  }

  @SuppressWarnings("BanJNDI") // the address is ours
  private JMXConnector connect(String role, String password) throws IOException {
    return JMXConnectorFactory.connect(
        new JMXServiceURL(url()), Map.of(JMXConnector.CREDENTIALS, new String[] {role, password}));
  }

  private String url() {
    return "service:jmx:rmi:///jndi/rmi://%s:%d/jmxrmi".formatted(address, port);
  }

  private static ObjectName control() throws MalformedObjectNameException {
    return new ObjectName("io.fadvised:type=Control");
  }

  /** The password of {@code viewer}. */
  private String password() throws IOException {
    return Files.readAllLines(directory.resolve("jmx.password")).get(0).replace("viewer ", "");
  }

  /** The first example of the manual that contains a text. */
  private String example(String part) {
    return examples.stream().filter(example -> example.contains(part)).findFirst().orElseThrow();
  }

  private String here(String text) {
    return text.replace("7091", Integer.toString(port))
        .replace("/etc/fadvised", directory.toString())
        .replace("192.0.2.10", TLS_ADDRESS);
  }
}
