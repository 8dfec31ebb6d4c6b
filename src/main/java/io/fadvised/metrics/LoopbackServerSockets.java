package io.fadvised.metrics;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.rmi.server.RMIServerSocketFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Server sockets for RMI on the loopback address alone. Equal ones let RMI's registry and the
 * objects in it share one port.
 *
 * @param tls makes TLS of what comes in, if that is wanted
 * @param patience how long a connection may say nothing
 */
record LoopbackServerSockets(Optional<SSLSocketFactory> tls, Duration patience)
    implements RMIServerSocketFactory {
  /** A thread each; the unit allows 64 tasks, and a client has two or three. */
  static final int MOST_OPEN = 16;

  @Override
  public ServerSocket createServerSocket(int port) throws IOException {
    ServerSocket server = new StrangersOnly(tls, patience);
    try {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return server;
    } catch (IOException e) {
      server.close();
      throw e;
    }
  }

  /** Takes no more at a time than the daemon has threads and memory for; others are turned away. */
  private static final class StrangersOnly extends ServerSocket {
    private final Optional<SSLSocketFactory> tls;
    private final Duration patience;
    private final List<Socket> open = new ArrayList<>();

    StrangersOnly(Optional<SSLSocketFactory> tls, Duration patience) throws IOException {
      super();
      this.tls = tls;
      this.patience = patience;
    }

    /** Called by one thread of RMI. */
    @Override
    public Socket accept() throws IOException {
      while (true) {
        Socket plain = new Socket();
        implAccept(plain);
        open.removeIf(Socket::isClosed);
        if (open.size() < MOST_OPEN) {
          open.add(plain);
          return new StrangerSocket(plain, readable(plain), patience);
        }
        plain.close();
      }
    }

    /** Shakes hands when it is first read, by a thread of its own; this one goes on accepting. */
    private Socket readable(Socket plain) throws IOException {
      if (tls.isEmpty()) {
        return plain;
      }
      try {
        Socket socket = tls.get().createSocket(plain, "localhost", plain.getPort(), true);
        ((SSLSocket) socket).setUseClientMode(false);
        return socket;
      } catch (IOException e) {
        plain.close();
        throw e;
      }
    }
  }
}
