package io.fadvised.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.fadvised.config.RemoteJmx;
import io.fadvised.metrics.ListeningSockets.Listening;
import java.io.IOException;
import java.io.InvalidClassException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.rmi.AccessException;
import java.rmi.registry.LocateRegistry;
import java.rmi.registry.Registry;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RemoteJmxServerTest {
  private final MBeanServer beans = MBeanServerFactory.newMBeanServer();
  private Path passwords;
  private Path access;
  private int port;
  private RemoteJmxServer server;

  @BeforeEach
  void oneWhoMayLookAndOneWhoMayOrder(@TempDir Path folder) throws Exception {
    passwords = write(folder.resolve("jmx.password"), "rw-------", "viewer see\noperator do\n");
    access =
        write(folder.resolve("jmx.access"), "rw-r--r--", "viewer readonly\noperator readwrite");
    beans.registerMBean(new FakeControl(), new ObjectName(ControlMXBean.NAME));
    port = freePort();
    server = server(true);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  @Test
  void nothingListensWhenItIsDisabled() throws IOException {
    Files.delete(passwords);
    Set<Listening> before = ListeningSockets.ofThisProcess();
    server = server(false);

    server.start();

    assertThat(ListeningSockets.ofThisProcess()).isEqualTo(before);
    assertThatIOException().isThrownBy(() -> connect("viewer", "see"));
  }

  @Test
  void theRightPasswordLetsIn() throws Exception {
    server.start();

    try (JMXConnector client = connect("operator", "do")) {
      assertThat(control(client).getVersion()).isEqualTo("1.2.3");
      assertThat(control(client).pause()).isEqualTo("paused");
    }
  }

  @Test
  void whoMayOnlyLookCannotOrder() throws Exception {
    server.start();

    try (JMXConnector client = connect("viewer", "see")) {
      assertThat(control(client).getState()).isEqualTo("running");
      assertThatExceptionOfType(SecurityException.class)
          .isThrownBy(() -> control(client).pause())
          .withMessageContaining("Access denied");
    }
  }

  @Test
  void whoMayOrderCannotCreateMBeans() throws Exception {
    server.start();

    try (JMXConnector client = connect("operator", "do")) {
      assertThatExceptionOfType(SecurityException.class)
          .isThrownBy(
              () ->
                  client
                      .getMBeanServerConnection()
                      .createMBean("javax.management.timer.Timer", new ObjectName("x:type=t")));
    }
  }

  @Test
  void aWrongPasswordOrNoneIsRefused() throws IOException {
    server.start();

    assertRefused(Map.of());
    assertRefused(credentials("operator", "see"));
    assertRefused(credentials("operator", ""));
    assertRefused(credentials("nobody", "do"));
  }

  @Test
  void credentialsThatAreNotTextAreNotEvenRead() throws IOException {
    server.start();

    for (Object strange : List.of(new Object[] {"operator", "do"}, List.of("operator", "do"))) {
      assertThatThrownBy(() -> connect(Map.of(JMXConnector.CREDENTIALS, strange)).close())
          .hasRootCauseInstanceOf(InvalidClassException.class);
    }
  }

  @Test
  void onePortListensAndOnTheLoopbackAddressOnly() throws Exception {
    Set<Listening> before = ListeningSockets.ofThisProcess();
    server.start();
    try (JMXConnector client = connect("viewer", "see")) {
      assertThat(client.getConnectionId()).isNotEmpty();

      Set<Listening> opened = new HashSet<>(ListeningSockets.ofThisProcess());
      opened.removeAll(before);

      assertThat(opened).hasSize(1);
      Listening only = opened.iterator().next();
      assertThat(only.port()).isEqualTo(port);
      assertThat(only.address().isLoopbackAddress()).isTrue();
    }
  }

  @Test
  void anotherAddressOfTheHostDoesNotAnswer() throws IOException {
    List<InetAddress> others =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .filter(address -> !address.isLoopbackAddress())
            .toList();
    assumeThat(others).as("addresses beside the loopback's").isNotEmpty();
    server.start();

    for (InetAddress other : others) {
      try (Socket socket = new Socket()) {
        assertThatThrownBy(() -> socket.connect(new InetSocketAddress(other, port), 5000))
            .isInstanceOf(ConnectException.class);
      }
    }
  }

  @Test
  void aLocalUserCannotPutAnotherServerInItsPlace() throws Exception {
    server.start();
    String host = InetAddress.getLoopbackAddress().getHostAddress();
    Registry registry = LocateRegistry.getRegistry(host, port);

    assertThat(registry.list()).containsExactly("jmxrmi");
    for (ThrowingCallable change :
        List.<ThrowingCallable>of(
            () -> registry.rebind("jmxrmi", registry),
            () -> registry.unbind("jmxrmi"),
            () -> registry.bind("mine", registry))) {
      assertThatThrownBy(change).hasRootCauseInstanceOf(AccessException.class);
    }
    assertThat(registry.list()).containsExactly("jmxrmi");
  }

  @Test
  void nothingIsLeftAfterCloseAndItMayBeStartedAgain() throws Exception {
    Set<Listening> before = ListeningSockets.ofThisProcess();
    String hostname = System.getProperty("java.rmi.server.hostname");
    server.start();
    server.start();
    assertThat(System.getProperty("java.rmi.server.hostname")).isEqualTo(hostname);

    server.close();
    server.close();
    assertThat(ListeningSockets.ofThisProcess()).isEqualTo(before);

    server.start();
    try (JMXConnector client = connect("viewer", "see")) {
      assertThat(control(client).getState()).isEqualTo("running");
    }
  }

  @Test
  void aPortThatIsTakenIsReportedAndNothingListens() throws IOException {
    try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      Set<Listening> before = ListeningSockets.ofThisProcess();
      assertThat(taken.isBound()).isTrue();

      assertThatIOException()
          .isThrownBy(server::start)
          .withMessage(
              "jmx.remote.port: cannot listen on port " + port + ": Address already in use");
      assertThat(ListeningSockets.ofThisProcess()).isEqualTo(before);
    }
    server.start();
  }

  @Test
  void withoutAPasswordFileItDoesNotStart() throws IOException {
    Files.delete(passwords);
    assertNotStarted("jmx.remote.password-file: \"" + passwords + "\" does not exist");

    write(passwords, "rw-------", "# nobody yet\n\n");
    assertNotStarted("jmx.remote.password-file: \"" + passwords + "\" has no entry");

    Files.delete(passwords);
    Files.createDirectory(passwords);
    assertNotStarted("jmx.remote.password-file: \"" + passwords + "\" is not a regular file");
  }

  @Test
  void withoutAnAccessFileItDoesNotStart() throws IOException {
    Files.writeString(access, "");
    assertNotStarted("jmx.remote.access-file: \"" + access + "\" has no entry");

    Files.delete(access);
    assertNotStarted("jmx.remote.access-file: \"" + access + "\" does not exist");
  }

  @Test
  void filesThatOthersCanGetAtAreRefused() throws IOException {
    for (String open : List.of("rw-r-----", "rw----r--", "rw--w----", "rw-----w-")) {
      Files.setPosixFilePermissions(passwords, PosixFilePermissions.fromString(open));
      assertNotStarted("\"" + passwords + "\" is open to group or others");
    }
    Files.setPosixFilePermissions(passwords, PosixFilePermissions.fromString("r--------"));
    Files.setPosixFilePermissions(access, PosixFilePermissions.fromString("rw-rw-r--"));
    assertNotStarted("\"" + access + "\" may be written by group or others");
  }

  private void assertNotStarted(String message) throws IOException {
    Set<Listening> before = ListeningSockets.ofThisProcess();

    assertThatIOException().isThrownBy(server::start).withMessageContaining(message);

    assertThat(ListeningSockets.ofThisProcess()).isEqualTo(before);
  }

  private void assertRefused(Map<String, Object> environment) {
    assertThatThrownBy(() -> connect(environment).close()).isInstanceOf(SecurityException.class);
  }

  private JMXConnector connect(String role, String password) throws IOException {
    return connect(credentials(role, password));
  }

  @SuppressWarnings("BanJNDI") // the server is ours, and JConsole connects like this
  private JMXConnector connect(Map<String, Object> environment) throws IOException {
    String host = InetAddress.getLoopbackAddress().getHostAddress();
    return JMXConnectorFactory.connect(
        new JMXServiceURL("service:jmx:rmi:///jndi/rmi://" + host + ":" + port + "/jmxrmi"),
        environment);
  }

  private static Map<String, Object> credentials(String role, String password) {
    return Map.of(JMXConnector.CREDENTIALS, new String[] {role, password});
  }

  private static ControlMXBean control(JMXConnector client) throws Exception {
    return JMX.newMXBeanProxy(
        client.getMBeanServerConnection(), new ObjectName(ControlMXBean.NAME), ControlMXBean.class);
  }

  private RemoteJmxServer server(boolean enabled) {
    return new RemoteJmxServer(new RemoteJmx(enabled, port, passwords, access), beans);
  }

  private static Path write(Path file, String permissions, String text) throws IOException {
    Files.writeString(file, text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
