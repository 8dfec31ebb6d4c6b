package io.fadvised.metrics;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.rmi.server.RMIServerSocketFactory;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Server sockets for RMI on the loopback address alone. Equal ones let RMI's registry and the
 * objects in it share one port.
 *
 * @param tls makes TLS of what comes in, if that is wanted
 */
record LoopbackServerSockets(Optional<SSLSocketFactory> tls) implements RMIServerSocketFactory {
  @Override
  public ServerSocket createServerSocket(int port) throws IOException {
    ServerSocket server = new StrangersOnly(tls);
    try {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return server;
    } catch (IOException e) {
      server.close();
      throw e;
    }
  }

  /**
   * Hides where a connection comes from. RMI's registry lets every client on its own host change
   * it: any local user could put a server of his under our name and be sent the operator's password
   * (as in CVE-2019-12418). A client of unknown origin can only look names up.
   */
  private static final class StrangersOnly extends ServerSocket {
    private final Optional<SSLSocketFactory> tls;

    StrangersOnly(Optional<SSLSocketFactory> tls) throws IOException {
      super();
      this.tls = tls;
    }

    @Override
    public Socket accept() throws IOException {
      Socket stranger =
          new Socket() {
            @Override
            public @Nullable InetAddress getInetAddress() {
              return null;
            }
          };
      implAccept(stranger);
      return tls.isPresent() ? encrypted(tls.get(), stranger) : stranger;
    }

    /** Shakes hands when it is first read, by a thread of its own; this one goes on accepting. */
    private static Socket encrypted(SSLSocketFactory tls, Socket plain) throws IOException {
      Socket socket = tls.createSocket(plain, "localhost", plain.getPort(), true);
      ((SSLSocket) socket).setUseClientMode(false);
      return socket;
    }
  }
}
