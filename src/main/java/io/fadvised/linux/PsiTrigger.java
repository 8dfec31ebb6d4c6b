package io.fadvised.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.jna.Native;
import java.io.IOException;
import java.time.Duration;

/**
 * A trigger of pressure stall information (5.2; Documentation/accounting/psi.rst). It fires when
 * tasks were stalled for longer than a threshold within a window, at most once per window.
 *
 * <p>Windows of any length need CAP_SYS_RESOURCE; the kernel checks each ten times. Without it the
 * window must be a multiple of 2 s (from 6.5 and 6.1.42) and is checked every 2 s. The kernel skips
 * that check if the file was read just before (observed on 6.18).
 */
public final class PsiTrigger implements PressureTrigger {
  private final OpenFile file;

  private PsiTrigger(OpenFile file) {
    this.file = file;
  }

  /**
   * Sets up a trigger.
   *
   * @param path the file in /proc/pressure, without the terminating zero
   * @param stall the threshold within a window
   */
  public static PsiTrigger open(byte[] path, Duration stall, Duration window)
      throws KernelException {
    OpenFile file = LinuxKernel.open(path, LibC.O_RDWR | LibC.O_NONBLOCK);
    String trigger = "some " + stall.toNanos() / 1000 + " " + window.toNanos() / 1000;
    byte[] text = LinuxKernel.terminated(trigger.getBytes(ISO_8859_1));
    if (LibC.write(file.descriptor(), text, text.length) < 0) {
      int number = Native.getLastError();
      file.close();
      throw new KernelException("write", number);
    }
    return new PsiTrigger(file);
  }

  @Override
  public boolean await(Duration timeout) throws IOException {
    short seen = Poll.await(file, LibC.POLLPRI, timeout);
    if ((seen & ~LibC.POLLPRI) != 0) { // POLLERR
      throw new IOException("the kernel removed the trigger");
    }
    return seen != 0;
  }

  @Override
  public void close() {
    file.close();
  }
}
