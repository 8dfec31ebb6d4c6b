package io.fadvised.linux;

import com.sun.jna.Native;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * The kernel's uevents over netlink(7) (NETLINK_KOBJECT_UEVENT, group 1). Events can be lost: after
 * ENOBUFS the caller must scan for changes.
 */
public final class UeventSocket implements AutoCloseable {
  private static final int KERNEL_GROUP = 1;

  /** Larger than UEVENT_BUFFER_SIZE (2048) and the header, include/linux/kobject.h. */
  private static final int MESSAGE_BYTES = 8192;

  /** Length of struct sockaddr_nl: family, padding, port id, groups. */
  private static final int ADDRESS_BYTES = 12;

  static final int PORT_AT = 4;
  static final int GROUPS_AT = 8;

  private final OpenFile socket;
  private final byte[] buffer = new byte[MESSAGE_BYTES];

  private UeventSocket(OpenFile socket) {
    this.socket = socket;
  }

  /** Opens and binds the socket; later events are lost only by overflow. */
  public static UeventSocket open() throws KernelException {
    OpenFile socket =
        LinuxKernel.opened(
            "socket",
            LibC.socket(
                LibC.AF_NETLINK, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, LibC.NETLINK_KOBJECT_UEVENT));
    byte[] address = netlinkAddress(KERNEL_GROUP);
    if (LibC.bind(socket.descriptor(), address, address.length) < 0) {
      int number = Native.getLastError();
      socket.close();
      throw new KernelException("bind", number);
    }
    return new UeventSocket(socket);
  }

  /**
   * Waits for one message of the kernel.
   *
   * @return the message as the kernel sent it, zero-separated; empty after the timeout
   * @throws KernelException with ENOBUFS if events were lost
   */
  public Optional<byte[]> receive(Duration timeout) throws KernelException {
    if (Poll.await(socket, LibC.POLLIN, timeout) == 0) {
      return Optional.empty();
    }
    byte[] sender = netlinkAddress(0);
    long length =
        LibC.recvfrom(
            socket.descriptor(),
            buffer,
            buffer.length,
            LibC.MSG_DONTWAIT,
            sender,
            new int[] {sender.length});
    if (length < 0) {
      return emptyIfTransient("recvfrom");
    }
    return isFromKernel(sender)
        ? Optional.of(Arrays.copyOf(buffer, (int) length))
        : Optional.empty();
  }

  @Override
  public void close() {
    socket.close();
  }

  private static Optional<byte[]> emptyIfTransient(String call) throws KernelException {
    KernelException failure = new KernelException(call, Native.getLastError());
    if (failure.errno() == Errno.EINTR || failure.errno() == Errno.EAGAIN) {
      return Optional.empty();
    }
    throw failure;
  }

  /** Returns a struct sockaddr_nl with port id 0. */
  private static byte[] netlinkAddress(int groups) {
    return ByteBuffer.allocate(ADDRESS_BYTES)
        .order(ByteOrder.nativeOrder())
        .putShort(0, (short) LibC.AF_NETLINK)
        .putInt(GROUPS_AT, groups)
        .array();
  }

  /** The kernel's port id is 0; any other sender is a process. */
  private static boolean isFromKernel(byte[] sender) {
    return ByteBuffer.wrap(sender).order(ByteOrder.nativeOrder()).getInt(PORT_AT) == 0;
  }
}
