package io.fadvised.pressure;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.linux.Errno;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.PsiTrigger;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** Fires when tasks are stalled for memory (PSI). */
final class PsiSignal implements PressureWatcher.Signal {
  /**
   * Measured on 6.18 with 2 cores. While two threads read and wrote twice as much as fits into
   * memory, tasks stalled for 5 to 10 % of the time; 2 % were reached 0.2 s after reclaim began.
   * Builds, and reads and writes of files with memory to spare, caused no stalls.
   */
  private static final double STALL_SHARE = 0.02;

  private static final Duration WINDOW = Duration.ofSeconds(1);

  /** The shortest window that needs no CAP_SYS_RESOURCE. */
  private static final Duration UNPRIVILEGED_WINDOW = Duration.ofSeconds(2);

  private final byte[] path;

  PsiSignal(Path procRoot) {
    path = procRoot.resolve("pressure/memory").toString().getBytes(ISO_8859_1);
  }

  @Override
  public PressureWatcher.Armed arm() throws IOException {
    try {
      return arm(WINDOW);
    } catch (KernelException e) {
      if (e.errno() != Errno.EPERM && e.errno() != Errno.EINVAL) {
        throw e;
      }
      return arm(UNPRIVILEGED_WINDOW);
    }
  }

  private PressureWatcher.Armed arm(Duration window) throws KernelException {
    Duration stall = Duration.ofNanos((long) (STALL_SHARE * window.toNanos()));
    return new PressureWatcher.Armed(
        PsiTrigger.open(path, stall, window),
        "PSI (%d ms stalled within %d s)".formatted(stall.toMillis(), window.toSeconds()));
  }
}
