package io.fadvised.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fadvised.config.RemoteJmx;
import io.fadvised.metrics.ListeningSockets.Listening;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.rmi.AccessException;
import java.rmi.registry.LocateRegistry;
import java.rmi.registry.Registry;
import java.rmi.server.RMIClientSocketFactory;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.rmi.ssl.SslRMIClientSocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The port with TLS, and clients of each kind. Whom they trust is the JVM's default, as it is
 * JConsole's.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // sockets heed no interrupt
class RemoteJmxTlsTest {
  private static final String STORE_PASSWORD = "only-for-a-test";

  @TempDir private static Path keys;
  private static SSLContext before;

  private final MBeanServer beans = MBeanServerFactory.newMBeanServer();
  @TempDir private Path folder;
  private Path keystore;
  private Path storePassword;
  private int port;
  private RemoteJmx settings;
  private RemoteJmxServer server;

  /**
   * Of the server, and of somebody else; and this JVM trusts the former, as JConsole would be told
   * to.
   */
  @BeforeAll
  static void makeKeys() throws Exception {
    makeKey("ours.p12");
    makeKey("other.p12");
    before = SSLContext.getDefault();
    SSLContext.setDefault(trusting(certificateOnly("ours.p12")));
  }

  @AfterAll
  static void trustWhomItTrusted() {
    SSLContext.setDefault(before);
  }

  @BeforeEach
  void prepare() throws Exception {
    beans.registerMBean(new FakeControl(), new ObjectName(ControlMXBean.NAME));
    keystore = Files.copy(keys.resolve("ours.p12"), folder.resolve("ours.p12"));
    storePassword = write("store.password", STORE_PASSWORD + "\n");
    write("jmx.password", "viewer see\n");
    write("jmx.access", "viewer readonly\n");
    port = freePort();
    settings =
        new RemoteJmx(
            true,
            port,
            folder.resolve("jmx.password"),
            folder.resolve("jmx.access"),
            new RemoteJmx.Tls(keystore, storePassword));
    server = new RemoteJmxServer(settings, beans);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  @Test
  void whoTrustsItAndHasThePasswordGetsIn() throws Exception {
    server.start();

    try (JMXConnector client = connect("see", new SslRMIClientSocketFactory())) {
      assertThat(
              client
                  .getMBeanServerConnection()
                  .getAttribute(new ObjectName(ControlMXBean.NAME), "Version"))
          .isEqualTo("1.2.3");
    }
    assertThatThrownBy(() -> connect("wrong", new SslRMIClientSocketFactory()).close())
        .isInstanceOf(SecurityException.class);
  }

  @Test
  void whoDoesNotTrustItSendsNothing() throws Exception {
    SSLContext stranger = trusting(certificateOnly("other.p12"));
    server.start();

    assertThatThrownBy(() -> connect("see", new Distrustful(stranger)).close())
        .hasStackTraceContaining(SSLHandshakeException.class.getName());
  }

  @Test
  void whoSpeaksNoTlsDoesNotGetIn() throws Exception {
    server.start();

    assertThatIOException().isThrownBy(() -> connect("see", null).close());
  }

  /** The registry, too, or it would hand out another server's address. */
  @Test
  void onePortListensOnTheLoopbackAddressAndIsEncryptedThroughout() throws Exception {
    Set<Listening> earlier = ListeningSockets.ofThisProcess();
    server.start();

    try (JMXConnector client = connect("see", new SslRMIClientSocketFactory())) {
      assertThat(client.getConnectionId()).isNotEmpty();
      Set<Listening> opened = new HashSet<>(ListeningSockets.ofThisProcess());
      opened.removeAll(earlier);
      assertThat(opened)
          .singleElement()
          .satisfies(
              only -> {
                assertThat(only.port()).isEqualTo(port);
                assertThat(only.address().isLoopbackAddress()).isTrue();
              });
    }
    try (SSLSocket socket =
        (SSLSocket) SSLContext.getDefault().getSocketFactory().createSocket(loopback(), port)) {
      socket.startHandshake();
      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
    }
  }

  @Test
  void aLocalUserCannotPutAnotherServerInItsPlace() throws Exception {
    server.start();
    Registry registry =
        LocateRegistry.getRegistry(loopback(), port, new SslRMIClientSocketFactory());

    assertThat(registry.list()).containsExactly("jmxrmi");
    assertThatThrownBy(() -> registry.rebind("jmxrmi", registry))
        .hasRootCauseInstanceOf(AccessException.class);
  }

  /** A peer that says nothing must not keep the others waiting. */
  @Test
  void whoDoesNotShakeHandsIsWaitedForByNobody() throws Exception {
    server.start();

    try (Socket silent = new Socket(loopback(), port);
        JMXConnector client = connect("see", new SslRMIClientSocketFactory())) {
      assertThat(silent.isConnected()).isTrue();
      assertThat(client.getConnectionId()).isNotEmpty();
    }
  }

  @Test
  void whoDoesNotShakeHandsIsSentAwayAndTheNextComesIn() throws Exception {
    server = new RemoteJmxServer(settings, beans, Duration.ofSeconds(1));
    server.start();

    for (int round = 0; round < 2; round++) {
      List<Socket> silent = new ArrayList<>();
      for (int i = 0; i < LoopbackServerSockets.MOST_OPEN; i++) {
        silent.add(new Socket(loopback(), port));
      }
      for (Socket socket : silent) {
        socket.setSoTimeout(10_000);
        socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        socket.close();
      }
    }
    assertSoonLetIn();
  }

  @Test
  void thereAreNoMoreConnectionsThanWithoutTls() throws Exception {
    server.start();
    List<Socket> silent = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      silent.add(new Socket(loopback(), port));
    }

    for (Socket more : silent.subList(LoopbackServerSockets.MOST_OPEN, silent.size())) {
      more.setSoTimeout(10_000); // those that are kept are waited for longer
      more.getInputStream().transferTo(OutputStream.nullOutputStream());
    }
    for (Socket socket : silent) {
      socket.close();
    }
    assertSoonLetIn();
  }

  @Test
  void whoHasNoPasswordCannotHaveTheMemory() throws Exception {
    server.start();

    assertThatIOException()
        .isThrownBy(() -> connect("x".repeat(1_000_000), new SslRMIClientSocketFactory()).close());
    connect("see", new SslRMIClientSocketFactory()).close();
  }

  @Test
  void afterCloseItMayBeStartedAgain() throws Exception {
    server.start();
    server.close();
    server.start();

    connect("see", new SslRMIClientSocketFactory()).close();
  }

  @Test
  void aKeystoreThatCannotBeUsedIsRefusedWithTheReason() throws Exception {
    write("store.password", "wrong");
    assertNotStarted("jmx.remote.tls.keystore: \"" + keystore + "\" cannot be used: ");
    write("store.password", STORE_PASSWORD);
    write("ours.p12", "no keystore");
    assertNotStarted("cannot be used: ");
    try (OutputStream out = Files.newOutputStream(keystore)) {
      certificateOnly("ours.p12").store(out, STORE_PASSWORD.toCharArray());
    }
    assertNotStarted("cannot be used: has no private key");
    Files.delete(keystore);
    assertNotStarted("jmx.remote.tls.keystore: \"" + keystore + "\" does not exist");
  }

  @Test
  void filesThatOthersCanGetAtAreRefused() throws Exception {
    for (Path file : List.of(keystore, storePassword)) {
      for (String open : List.of("rw-r-----", "rw----r--", "rw--w----", "rw-----w-")) {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(open));
        assertNotStarted("\"" + file + "\" is open to group or others");
      }
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
  }

  /** That a connection has ended is noticed by a thread of its own. */
  private void assertSoonLetIn() throws InterruptedException {
    while (true) { // until the test's own timeout
      try {
        connect("see", new SslRMIClientSocketFactory()).close();
        return;
      } catch (IOException e) {
        Thread.sleep(20);
      }
    }
  }

  private void assertNotStarted(String message) throws IOException {
    Set<Listening> earlier = ListeningSockets.ofThisProcess();

    assertThatIOException().isThrownBy(server::start).withMessageContaining(message);

    assertThat(ListeningSockets.ofThisProcess()).isEqualTo(earlier);
  }

  @SuppressWarnings("BanJNDI") // the server is ours, and JConsole connects like this
  private JMXConnector connect(String password, RMIClientSocketFactory registrySockets)
      throws IOException {
    Map<String, Object> environment = new HashMap<>();
    environment.put(JMXConnector.CREDENTIALS, new String[] {"viewer", password});
    if (registrySockets != null) {
      environment.put("com.sun.jndi.rmi.factory.socket", registrySockets);
    }
    return JMXConnectorFactory.connect(
        new JMXServiceURL("service:jmx:rmi:///jndi/rmi://" + loopback() + ":" + port + "/jmxrmi"),
        environment);
  }

  private static SSLContext trusting(KeyStore certificates) throws Exception {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(certificates);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private static KeyStore certificateOnly(String keystore) throws Exception {
    KeyStore whole =
        KeyStore.getInstance(keys.resolve(keystore).toFile(), STORE_PASSWORD.toCharArray());
    KeyStore part = KeyStore.getInstance("PKCS12");
    part.load(null, null);
    part.setCertificateEntry("server", whole.getCertificate("fadvised"));
    return part;
  }

  private static void makeKey(String name) throws Exception {
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    String words =
        "-genkeypair -alias fadvised -keyalg EC -validity 2 -dname CN=localhost -storetype PKCS12"
            + " -ext san=dns:localhost,ip:127.0.0.1 -storepass "
            + STORE_PASSWORD;
    List<String> command = new ArrayList<>(List.of(keytool, "-keystore", keys + "/" + name));
    command.addAll(List.of(words.split(" ", -1)));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
    Files.setPosixFilePermissions(keys.resolve(name), PosixFilePermissions.fromString("rw-------"));
  }

  private Path write(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static String loopback() {
    return InetAddress.getLoopbackAddress().getHostAddress();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** For the registry, which is asked first. */
  private record Distrustful(SSLContext context) implements RMIClientSocketFactory {
    @Override
    public Socket createSocket(String host, int port) throws IOException {
      return context.getSocketFactory().createSocket(host, port);
    }
  }
}
