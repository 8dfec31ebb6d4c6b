package io.fadvised.metrics;

import static java.lang.management.ManagementFactory.getPlatformMBeanServer;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.MBeanServerConnection;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import javax.management.Query;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    Foreign.READ.clear();
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

  @ParameterizedTest
  @ValueSource(strings = {"", " create java*,javax*,com* unregister"})
  void whoMayOrderCannotCreateMBeansWhateverTheAccessFileSays(String more) throws Exception {
    Files.writeString(access, "operator readwrite" + more);
    server.start();

    try (JMXConnector client = connect("operator", "do")) {
      MBeanServerConnection connection = client.getMBeanServerConnection();
      for (String type : List.of("javax.management.timer.Timer", "javax.management.loading.MLet")) {
        assertDenied(() -> connection.createMBean(type, new ObjectName("x:type=t")));
      }
      assertDenied(() -> connection.unregisterMBean(new ObjectName(ControlMXBean.NAME)));
    }
    assertThat(beans.queryNames(new ObjectName("x:*"), null)).isEmpty();
    assertThat(beans.isRegistered(new ObjectName(ControlMXBean.NAME))).isTrue();
  }

  /** One of them loads libraries into the daemon, another writes the heap to a file. */
  @Test
  void whoMayOrderCannotOrderWhatTheJvmCanDo() throws Exception {
    server = new RemoteJmxServer(settings(RemoteJmx.Tls.NONE), getPlatformMBeanServer());
    server.start();

    try (JMXConnector client = connect("operator", "do")) {
      MBeanServerConnection jvm = client.getMBeanServerConnection();
      ObjectName commands = new ObjectName("com.sun.management:type=DiagnosticCommand");
      assertThat(jvm.isRegistered(commands)).isTrue();
      assertDenied(() -> jvm.invoke(commands, "vmVersion", null, null));
      ObjectName memory = new ObjectName("java.lang:type=Memory");
      assertDenied(() -> jvm.setAttribute(memory, new Attribute("Verbose", true)));
      assertDenied(() -> jvm.setAttributes(memory, new AttributeList()));
      assertThat(jvm.getAttribute(memory, "Verbose")).isEqualTo(false);
    }
  }

  @Test
  void whatTakesOwnOrdersOnlyIsAnObjectLikeOthers() {
    MBeanServer seen = OwnOrdersOnly.of(beans);

    Set<MBeanServer> others = new HashSet<>(Set.of(OwnOrdersOnly.of(beans)));
    assertThat(others.add(seen)).isTrue();
    assertThat(others.remove(seen)).isTrue();
    assertThat(others).doesNotContain(seen);
    assertThat(seen.toString()).contains("OwnOrdersOnly");
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

    for (Object strange :
        List.of(new Object[] {"operator", "do"}, List.of("operator", "do"), new Foreign())) {
      assertThatThrownBy(() -> connect(Map.of(JMXConnector.CREDENTIALS, strange)).close())
          .hasRootCauseInstanceOf(InvalidClassException.class);
    }
    assertThat(Foreign.READ).isEmpty();
  }

  /** An array would be made as long as it claims to be; a text, as long as somebody sends it. */
  @Test
  void whoHasNoPasswordCannotHaveTheMemory() throws IOException {
    server.start();

    assertThatThrownBy(() -> connect(Map.of(JMXConnector.CREDENTIALS, new String[3])).close())
        .hasRootCauseInstanceOf(InvalidClassException.class);
    Map<String, Object> huge = Map.of(JMXConnector.CREDENTIALS, new String[1_000_000]);
    assertThatIOException().isThrownBy(() -> connect(huge).close());
    assertThatIOException().isThrownBy(() -> connect("operator", "x".repeat(1_000_000)).close());
    connect("operator", "do").close();
  }

  @Test
  void argumentsWithoutBoundsAreNotRead() throws Exception {
    server.start();
    ObjectName name = new ObjectName(ControlMXBean.NAME);

    try (JMXConnector client = connect("operator", "do")) {
      MBeanServerConnection connection = client.getMBeanServerConnection();
      assertThatIOException().isThrownBy(() -> connection.getAttributes(name, new String[10_001]));
      assertThatIOException()
          .isThrownBy(() -> connection.getAttribute(name, "x".repeat(1_000_000)));
      assertThat(connection.isRegistered(name)).isTrue();
    }
  }

  @Test
  void whoSaysNothingKeepsNoMoreThanABoundedNumberOfThreads() throws Exception {
    server.start();
    Set<Thread> before = threadsOfConnections();
    List<Socket> silent = silent(40);

    for (Socket more : silent.subList(LoopbackServerSockets.MOST_OPEN, silent.size())) {
      assertThat(more.getInputStream().read()).as("the end of the connection").isEqualTo(-1);
    }
    Set<Thread> made = threadsOfConnections();
    made.removeAll(before);
    assertThat(made).hasSizeLessThanOrEqualTo(LoopbackServerSockets.MOST_OPEN);

    for (Socket socket : silent) {
      socket.close();
    }
    assertSoonLetIn();
  }

  @Test
  void whoSaysNothingIsNotWaitedForForLong() throws Exception {
    server = new RemoteJmxServer(settings(RemoteJmx.Tls.NONE), beans, Duration.ofSeconds(1));
    server.start();

    List<Socket> silent = silent(LoopbackServerSockets.MOST_OPEN);
    for (Socket socket : silent) {
      assertThat(socket.getInputStream().read()).as("the end of the connection").isEqualTo(-1);
    }
    assertSoonLetIn();
    for (Socket socket : silent) {
      socket.close();
    }
  }

  @Test
  void argumentsOfOtherClassesAreNotEvenRead() throws Exception {
    server.start();
    ObjectName name = new ObjectName(ControlMXBean.NAME);

    try (JMXConnector client = connect("operator", "do")) {
      MBeanServerConnection connection = client.getMBeanServerConnection();
      for (ThrowingCallable call :
          List.<ThrowingCallable>of(
              () -> connection.queryNames(null, new Foreign()),
              () -> connection.invoke(name, "pause", new Object[] {new Foreign()}, new String[1]),
              () -> connection.setAttribute(name, new Attribute("State", new Foreign())),
              () -> connection.addNotificationListener(name, name, null, new Foreign()))) {
        assertThatThrownBy(call)
            .hasStackTraceContaining(
                InvalidClassException.class.getName() + ": filter status: REJ");
      }
      assertThat(connection.queryNames(null, Query.eq(Query.attr("State"), Query.value("running"))))
          .containsExactly(name);
    }
    assertThat(Foreign.READ).as("objects that were made of what came in").isEmpty();
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

  @Test
  void filesOfSomebodyElseAreRefused() throws IOException {
    for (Path file : List.of(passwords, access)) {
      assumeThat(Files.getAttribute(file, "unix:uid")).as("only root gives away").isEqualTo(0);
      Files.setAttribute(file, "unix:uid", 65_534);
      assertNotStarted("\"" + file + "\" is owned by user 65534");
      Files.setAttribute(file, "unix:uid", 0);
    }
  }

  private List<Socket> silent(int count) throws IOException {
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(10_000);
      sockets.add(socket);
    }
    return sockets;
  }

  private static Set<Thread> threadsOfConnections() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("RMI TCP Connection"))
        .collect(Collectors.toSet());
  }

  /** That a connection has ended is noticed by a thread of its own. */
  private void assertSoonLetIn() throws InterruptedException {
    while (true) { // until the test's own timeout
      try {
        connect("operator", "do").close();
        return;
      } catch (IOException e) {
        Thread.sleep(20);
      }
    }
  }

  private static void assertDenied(ThrowingCallable call) {
    assertThatExceptionOfType(SecurityException.class)
        .isThrownBy(call)
        .withMessageContaining("Access denied");
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
    return new RemoteJmxServer(
        new RemoteJmx(enabled, port, passwords, access, RemoteJmx.Tls.NONE), beans);
  }

  private RemoteJmx settings(RemoteJmx.Tls tls) {
    return new RemoteJmx(true, port, passwords, access, tls);
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
