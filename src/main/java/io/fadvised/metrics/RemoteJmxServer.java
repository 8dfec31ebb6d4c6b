package io.fadvised.metrics;

import io.fadvised.config.RemoteJmx;
import java.io.IOException;
import java.net.InetAddress;
import java.rmi.NoSuchObjectException;
import java.rmi.registry.LocateRegistry;
import java.rmi.registry.Registry;
import java.rmi.server.RMIServerSocketFactory;
import java.rmi.server.UnicastRemoteObject;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import javax.management.MBeanServer;
import javax.management.remote.JMXServiceURL;
import javax.management.remote.rmi.RMIConnectorServer;
import javax.management.remote.rmi.RMIJRMPServerImpl;
import javax.net.ssl.SSLSocketFactory;
import javax.rmi.ssl.SslRMIClientSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * JMX over one TCP port, for those who can log in. The port is open on the loopback address alone;
 * from another host it is reached through a tunnel: {@code ssh -L 7091:localhost:7091 host}, then
 * {@code jconsole localhost:7091}.
 *
 * <p>Nobody gets in without a role and its password, and a role may do only what the access file
 * grants it, and never more than {@link OwnOrdersOnly}. Until it is closed, RMI keeps the process
 * alive.
 */
public final class RemoteJmxServer implements AutoCloseable {
  /** The name under which JConsole looks for {@code host:port}. */
  private static final String NAME = "jmxrmi";

  private static final String HOST_PROPERTY = "java.rmi.server.hostname";

  /** A client closes what it has not used for 15 seconds. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * Name and password. An array is made as long as it claims to be, before anything of it is read:
   * unbounded, a hundred bytes would be out of memory.
   */
  private static final String CREDENTIALS =
      "maxarray=2;maxdepth=3;maxrefs=10;maxbytes=65536;java.lang.String;!*";

  /**
   * What JMX itself sends: names, texts, numbers, queries, filters. Of our orders none has more.
   */
  private static final String ARGUMENTS =
      "maxarray=10000;maxrefs=10000;maxbytes=65536;maxdepth=20;java.lang.*;java.util.*;javax.management.*;"
          + "javax.management.relation.MBeanServerNotificationFilter;java.rmi.MarshalledObject;"
          + "javax.security.auth.Subject;!*";

  private final RemoteJmx settings;
  private final MBeanServer server;
  private final Duration patience;
  private @Nullable RMIConnectorServer connector;
  private @Nullable Registry registry;

  /**
   * Prepares for listening; nothing is opened yet.
   *
   * @param server whose MBeans are shown
   */
  public RemoteJmxServer(RemoteJmx settings, MBeanServer server) {
    this(settings, server, PATIENCE);
  }

  RemoteJmxServer(RemoteJmx settings, MBeanServer server, Duration patience) {
    this.settings = settings;
    this.server = OwnOrdersOnly.of(server);
    this.patience = patience;
  }

  /**
   * Listens, if that is enabled; harmless if it does. May be called again after {@link #close}.
   *
   * @throws IOException with the reason if the port is taken, or if a file for logging in is
   *     missing, empty, or open to others; nothing listens then
   */
  public synchronized void start() throws IOException {
    if (!settings.enabled() || connector != null) {
      return;
    }
    Optional<SSLSocketFactory> tls = usableFiles(settings);
    try {
      open(
          new LoopbackServerSockets(tls, patience),
          tls.map(keys -> new SslRMIClientSocketFactory()));
    } catch (IOException e) {
      close();
      // RMI's own message has two lines and says less than its cause
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(
          "jmx.remote.port: cannot listen on port " + settings.port() + ": " + cause.getMessage(),
          e);
    }
  }

  /**
   * Looks at the files that a start would need.
   *
   * @throws IOException with the reason if one of them is missing, empty, or open to others, or if
   *     there is no key in the keystore
   */
  public static void requireUsable(RemoteJmx settings) throws IOException {
    if (settings.enabled()) {
      usableFiles(settings);
    }
  }

  private static Optional<SSLSocketFactory> usableFiles(RemoteJmx settings) throws IOException {
    LoginFiles.require(settings);
    return settings.tls().isWanted()
        ? Optional.of(TlsKeys.socketFactory(settings.tls()))
        : Optional.empty();
  }

  /** Ends all connections and stops listening; harmless if nothing listens. */
  @Override
  public synchronized void close() throws IOException {
    try {
      if (registry != null) {
        UnicastRemoteObject.unexportObject(registry, true);
      }
    } catch (NoSuchObjectException e) {
      // it is gone, as wanted
    } finally {
      registry = null;
      closeConnector();
    }
  }

  private void closeConnector() throws IOException {
    RMIConnectorServer open = connector;
    connector = null;
    if (open != null) {
      open.stop();
    }
  }

  /**
   * Both registry and objects with the same factories, or they could not share the port.
   *
   * @param clients what clients have to use, if not plain sockets; JConsole has that class, too
   */
  private void open(RMIServerSocketFactory sockets, Optional<SslRMIClientSocketFactory> clients)
      throws IOException {
    String host = InetAddress.getLoopbackAddress().getHostAddress();
    String before = System.getProperty(HOST_PROPERTY);
    if (before == null) {
      // Clients are told to call back there. RMI asks no one else, and a socket factory of ours
      // for them would be a class that JConsole does not have. It remembers the answer, so the
      // property need not stay.
      System.setProperty(HOST_PROPERTY, host);
    }
    try {
      RMIJRMPServerImpl login =
          new RMIJRMPServerImpl(settings.port(), clients.orElse(null), sockets, environment());
      RMIConnectorServer started =
          new RMIConnectorServer(
              new JMXServiceURL("rmi", host, settings.port()), environment(), login, server);
      started.start();
      connector = started;
      registry = LocateRegistry.createRegistry(settings.port(), clients.orElse(null), sockets);
      registry.rebind(NAME, login.toStub());
    } finally {
      if (before == null) {
        System.clearProperty(HOST_PROPERTY);
      }
    }
  }

  private Map<String, Object> environment() {
    return Map.of(
        "jmx.remote.x.password.file",
        settings.passwordFile().toString(),
        "jmx.remote.x.access.file",
        settings.accessFile().toString(),
        // Before somebody has logged in, nothing is deserialized but name and password.
        RMIConnectorServer.CREDENTIALS_FILTER_PATTERN,
        CREDENTIALS,
        RMIConnectorServer.SERIAL_FILTER_PATTERN,
        ARGUMENTS);
  }
}
