package io.fadvised.loop;

import io.fadvised.linux.Errno;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.UeventSocket;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reports attached, detached and changed loop devices from the kernel's uevents, on its own thread.
 * Events can be lost, so the engine also scans at intervals.
 */
public final class LoopWatcher {
  /** Upper bound for noticing a stop; each timeout costs one wake-up. */
  private static final Duration RECEIVE_TIMEOUT = Duration.ofSeconds(5);

  /**
   * Events within this time are reported together, since one attachment causes several. The
   * socket's buffer has room for about two hundred.
   */
  private static final Duration BATCH_TIME = Duration.ofMillis(50);

  private final Consumer<Set<String>> onChange;
  private final Runnable onLoss;
  private final Consumer<String> onProblem;
  private @Nullable Thread thread;

  /**
   * Starts nothing. The callbacks run on the watcher's thread, except for a problem in {@link
   * #start}.
   *
   * @param onChange receives the names of changed loop devices
   * @param onLoss called when events were lost, so that any device may have changed
   * @param onProblem receives the reason, once, if uevents are unavailable
   */
  public LoopWatcher(Consumer<Set<String>> onChange, Runnable onLoss, Consumer<String> onProblem) {
    this.onChange = onChange;
    this.onLoss = onLoss;
    this.onProblem = onProblem;
  }

  /** Starts the thread, or reports a problem if uevents are unavailable. */
  public synchronized void start() {
    try {
      UeventSocket socket = UeventSocket.open();
      thread = new Thread(() -> watch(socket), "fadvised-uevents");
      thread.setDaemon(true);
      thread.start();
    } catch (KernelException e) {
      onProblem.accept("uevents unavailable, relying on scans: " + e.getMessage());
    }
  }

  /** Stops the thread, which ends within five seconds. */
  public synchronized void stop() {
    if (thread != null) {
      thread.interrupt();
      thread = null;
    }
  }

  private void watch(UeventSocket socket) {
    try (socket) {
      while (!Thread.currentThread().isInterrupted()) {
        Set<String> devices = await(socket);
        if (!devices.isEmpty()) {
          onChange.accept(devices);
          Thread.sleep(BATCH_TIME.toMillis());
        }
      }
    } catch (KernelException e) {
      onProblem.accept("uevents ended, relying on scans: " + e.getMessage());
    } catch (InterruptedException e) {
      // stopped
    }
  }

  /** Waits for an event, then reads all pending ones. */
  private Set<String> await(UeventSocket socket) throws KernelException {
    Set<String> devices = new HashSet<>();
    try {
      Optional<byte[]> message = socket.receive(RECEIVE_TIMEOUT);
      while (message.isPresent()) {
        message.flatMap(Uevent::loopDevice).ifPresent(devices::add);
        message = socket.receive(Duration.ZERO);
      }
    } catch (KernelException e) {
      if (e.errno() != Errno.ENOBUFS) {
        throw e;
      }
      onLoss.run();
    }
    return devices;
  }
}
