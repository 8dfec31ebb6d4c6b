package io.fadvised.loop;

import io.fadvised.linux.Errno;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.UeventSocket;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Notices that loop devices come and go, by the kernel's uevents, on a thread of its own. Only a
 * hint: events get lost, so a scan at intervals stands behind it.
 */
public final class LoopWatcher {
  /** How soon a stop is noticed; a waiting thread costs a wake-up for each. */
  private static final Duration WAIT = Duration.ofSeconds(5);

  private final Runnable onEvent;
  private final Consumer<String> onProblem;
  private @Nullable Thread thread;

  /**
   * Prepares watching.
   *
   * @param onEvent called on the watcher's thread when a loop device came, went or changed, or when
   *     events were lost
   * @param onProblem told, once, why nothing can be watched
   */
  public LoopWatcher(Runnable onEvent, Consumer<String> onProblem) {
    this.onEvent = onEvent;
    this.onProblem = onProblem;
  }

  /** Starts watching; where that is not possible it says so and the scans have to do. */
  public synchronized void start() {
    try {
      UeventSocket socket = UeventSocket.open();
      thread = new Thread(() -> watch(socket), "fadvised-uevents");
      thread.setDaemon(true);
      thread.start();
    } catch (KernelException e) {
      onProblem.accept("no uevents here, relying on scans: " + e.getMessage());
    }
  }

  /** Stops watching; the thread ends within five seconds. */
  public synchronized void stop() {
    if (thread != null) {
      thread.interrupt();
      thread = null;
    }
  }

  private void watch(UeventSocket socket) {
    try (socket) {
      while (!Thread.currentThread().isInterrupted()) {
        if (sawLoopEvent(socket)) {
          onEvent.run();
        }
      }
    } catch (KernelException e) {
      onProblem.accept("uevents ended, relying on scans: " + e.getMessage());
    }
  }

  private static boolean sawLoopEvent(UeventSocket socket) throws KernelException {
    try {
      return socket.receive(WAIT).flatMap(Uevent::parse).isPresent();
    } catch (KernelException e) {
      if (e.errno() == Errno.ENOBUFS) {
        return true; // some were lost: look
      }
      throw e;
    }
  }
}
