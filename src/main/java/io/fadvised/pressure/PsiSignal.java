package io.fadvised.pressure;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.linux.Errno;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.PsiTrigger;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** Wakes whoever waits for it when tasks are stalled for memory (PSI). */
final class PsiSignal implements PressureWatcher.Signal {
  /**
   * In two threads that read and write twice what fits (6.18, 2 cores), tasks were stalled for 5 to
   * 10 % of the time, and 2 % were reached 0.2 s after reclaim began. Builds, and files written and
   * read with memory to spare, stalled nobody.
   */
  private static final double STALL_SHARE = 0.02;

  private static final Duration WINDOW = Duration.ofSeconds(1);

  /** Of the windows that need no CAP_SYS_RESOURCE, the shortest. */
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
