package io.fadvised.metrics;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.rmi.server.RMIServerSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Server sockets for RMI on the loopback address alone. All instances are equal, which lets RMI's
 * registry and the objects in it share one port.
 */
final class LoopbackServerSockets implements RMIServerSocketFactory {
  @Override
  public ServerSocket createServerSocket(int port) throws IOException {
    ServerSocket server = new StrangersOnly();
    try {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return server;
    } catch (IOException e) {
      server.close();
      throw e;
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LoopbackServerSockets;
  }

  @Override
  public int hashCode() {
    return LoopbackServerSockets.class.hashCode();
  }

  /**
   * Hides where a connection comes from. RMI's registry lets every client on its own host change
   * it: any local user could put a server of his under our name and be sent the operator's password
   * (as in CVE-2019-12418). A client of unknown origin can only look names up.
   */
  private static final class StrangersOnly extends ServerSocket {
    StrangersOnly() throws IOException {
      super();
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
      return stranger;
    }
  }
}
