package io.fadvised.linux;

import com.sun.jna.Native;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

/** Waits for one descriptor, see poll(2). */
final class Poll {
  private static final int REVENTS_AT = 6;

  private Poll() {}

  /**
   * Waits for an event.
   *
   * @param events {@link LibC#POLLIN} or {@link LibC#POLLPRI}
   * @return the events, including POLLERR and the like; 0 after the timeout or a signal
   */
  static short await(OpenFile file, short events, Duration timeout) throws KernelException {
    ByteBuffer poll =
        ByteBuffer.allocate(8)
            .order(ByteOrder.nativeOrder())
            .putInt(file.descriptor())
            .putShort(events);
    if (LibC.poll(poll.array(), 1, Math.toIntExact(timeout.toMillis())) < 0) {
      KernelException failure = new KernelException("poll", Native.getLastError());
      if (failure.errno() == Errno.EINTR) {
        return 0;
      }
      throw failure;
    }
    return poll.getShort(REVENTS_AT);
  }
}
