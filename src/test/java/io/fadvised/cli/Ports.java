package io.fadvised.cli;

import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;

/** Chooses ports for servers that cannot choose one themselves. */
final class Ports {
  private static final Path RANGE = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
  private static final int MIN_PORT = 10_000;

  private Ports() {}

  /**
   * Returns a port that is free at all addresses. It is below the ports that the kernel gives to
   * clients, and to servers that ask for any, so none of them takes it before its server starts.
   */
  static int free() throws IOException {
    int end = Integer.parseInt(Files.readString(RANGE).split("\\s+", -1)[0]);
    while (true) {
      int port = end > MIN_PORT ? ThreadLocalRandom.current().nextInt(MIN_PORT, end) : 0;
      try (ServerSocket socket = new ServerSocket(port)) {
        return socket.getLocalPort();
      } catch (BindException e) {
        // in use
      }
    }
  }
}
