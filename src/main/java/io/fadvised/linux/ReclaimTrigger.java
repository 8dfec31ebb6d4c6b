package io.fadvised.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.jna.Native;
import java.io.IOException;
import java.time.Duration;

/**
 * memory.pressure_level of a cgroup v1 (3.10; Documentation/admin-guide/cgroup-v1/memory.rst):
 * fires when the kernel has looked at 512 pages for reclaim, so many times a second while it
 * reclaims.
 */
public final class ReclaimTrigger implements PressureTrigger {
  private static final int EVENTFD_BYTES = 8;

  private final OpenFile events;

  private ReclaimTrigger(OpenFile events) {
    this.events = events;
  }

  /**
   * Sets up a trigger.
   *
   * @param folder of the cgroup, without the terminating zero
   * @param level {@code low}, {@code medium} or {@code critical}; with {@code ,local} (4.13) only
   *     for pressure that begins in this cgroup, not in one below it
   */
  public static ReclaimTrigger open(byte[] folder, String level) throws KernelException {
    int fd = LibC.eventfd(0, LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK);
    if (fd < 0) {
      throw new KernelException("eventfd", Native.getLastError());
    }
    OpenFile events = new OpenFile(fd, () -> LibC.close(fd));
    try (OpenFile pressure = LinuxKernel.open(in(folder, "memory.pressure_level"), LibC.O_RDONLY);
        OpenFile control = LinuxKernel.open(in(folder, "cgroup.event_control"), LibC.O_WRONLY)) {
      String order = fd + " " + pressure.descriptor() + " " + level;
      byte[] text = LinuxKernel.terminated(order.getBytes(ISO_8859_1));
      if (LibC.write(control.descriptor(), text, text.length) < 0) {
        throw new KernelException("write", Native.getLastError());
      }
      return new ReclaimTrigger(events);
    } catch (KernelException e) {
      events.close();
      throw e;
    }
  }

  @Override
  public boolean await(Duration timeout) throws IOException {
    short seen = Poll.await(events, LibC.POLLIN, timeout);
    if (seen == 0) {
      return false;
    }
    byte[] count = new byte[EVENTFD_BYTES]; // reading takes it back to 0
    if (LibC.read(events.descriptor(), count, count.length) != count.length) {
      throw new KernelException("read", Native.getLastError());
    }
    return true;
  }

  @Override
  public void close() {
    events.close();
  }

  private static byte[] in(byte[] folder, String name) {
    return (new String(folder, ISO_8859_1) + "/" + name).getBytes(ISO_8859_1);
  }
}
