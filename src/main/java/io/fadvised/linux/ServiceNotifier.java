package io.fadvised.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Notifies the service manager, see sd_notify(3). Does nothing without {@code NOTIFY_SOCKET}. */
public final class ServiceNotifier {
  /** sun_path, unix(7). */
  private static final int MAX_ADDRESS_BYTES = 108;

  private final byte @Nullable [] address;

  private ServiceNotifier(byte @Nullable [] address) {
    this.address = address;
  }

  /**
   * Returns a notifier for the socket of a service manager.
   *
   * @param notifySocket the value of {@code NOTIFY_SOCKET}, or null if there is no service manager;
   *     a path, or an abstract name that starts with {@code @}
   */
  public static ServiceNotifier of(@Nullable String notifySocket) {
    if (notifySocket == null || !(notifySocket.startsWith("/") || notifySocket.startsWith("@"))) {
      return new ServiceNotifier(null);
    }
    return new ServiceNotifier(unixAddress(notifySocket));
  }

  /** Returns whether there is a service manager. */
  public boolean isPresent() {
    return address != null;
  }

  /**
   * Sends assignments such as {@code READY=1}, separated by newlines.
   *
   * @throws KernelException if the service manager cannot be reached
   */
  public void send(String state) throws KernelException {
    if (address != null) {
      send(address, state.getBytes(UTF_8));
    }
  }

  /** Sends a datagram and does not wait. */
  static void send(byte[] address, byte[] message) throws KernelException {
    int fd = LibC.socket(LibC.AF_UNIX, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0);
    try (OpenFile socket = LinuxKernel.opened("socket", fd)) {
      LinuxKernel.check(
          "sendto",
          LibC.sendto(
              socket.descriptor(),
              message,
              message.length,
              LibC.MSG_DONTWAIT,
              address,
              address.length));
    }
  }

  /** Returns a struct sockaddr_un. */
  static byte[] unixAddress(String name) {
    byte[] path = name.getBytes(UTF_8);
    if (path.length > MAX_ADDRESS_BYTES) {
      throw new IllegalArgumentException("path of a socket is too long: " + name);
    }
    if (path[0] == '@') {
      path[0] = 0;
    }
    return ByteBuffer.allocate(2 + path.length)
        .order(ByteOrder.nativeOrder())
        .putShort((short) LibC.AF_UNIX)
        .put(path)
        .array();
  }
}
