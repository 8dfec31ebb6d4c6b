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
 * Reports which loop devices came, went or changed, by the kernel's uevents, on a thread of its
 * own. Events get lost, so a scan at intervals stands behind it.
 */
public final class LoopWatcher {
  /** A stop is noticed within this time; a waiting thread costs a wake-up for each. */
  private static final Duration WAIT = Duration.ofSeconds(5);

  /**
   * Events of this time are reported together: an attachment alone makes several. The socket's
   * buffer holds some two hundred.
   */
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final Consumer<Set<String>> onChange;
  private final Runnable onLoss;
  private final Consumer<String> onProblem;
  private @Nullable Thread thread;

  /**
   * Prepares watching. All are called on the watcher's thread.
   *
   * @param onChange called with the names of loop devices that came, went or changed
   * @param onLoss called when events were lost, so that any device may have changed
   * @param onProblem called once, with the reason, if nothing can be watched
   */
  public LoopWatcher(Consumer<Set<String>> onChange, Runnable onLoss, Consumer<String> onProblem) {
    this.onChange = onChange;
    this.onLoss = onLoss;
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
      onProblem.accept("uevents unavailable, relying on scans: " + e.getMessage());
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
        Set<String> devices = await(socket);
        if (!devices.isEmpty()) {
          onChange.accept(devices);
          Thread.sleep(PAUSE.toMillis());
        }
      }
    } catch (KernelException e) {
      onProblem.accept("uevents ended, relying on scans: " + e.getMessage());
    } catch (InterruptedException e) {
      // stop was asked for
    }
  }

  /** Waits for an event, then takes all that have come. */
  private Set<String> await(UeventSocket socket) throws KernelException {
    Set<String> devices = new HashSet<>();
    try {
      Optional<byte[]> message = socket.receive(WAIT);
      while (message.isPresent()) {
        message.flatMap(Uevent::parse).map(Uevent::device).ifPresent(devices::add);
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
