package io.fadvised.pressure;

import io.fadvised.linux.Failures;
import io.fadvised.linux.PressureTrigger;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Waits on its own thread until tasks are stalled for memory, and reports it, at most once a
 * second.
 */
public final class PressureWatcher {
  /** A stop is noticed within this time; each wait costs a wake-up. */
  private static final Duration WAIT = Duration.ofSeconds(5);

  /** Limits the cost of permanent pressure to that of the engine's usual ticks. */
  private static final Duration REST = Duration.ofSeconds(1);

  /** Called on the watcher's thread. */
  public interface Listener {
    /**
     * Reports the signal that wakes the engine from now on.
     *
     * @param watched whether there is one
     * @param words the signal, such as "PSI (20 ms stalled within 1 s)"
     */
    void watching(boolean watched, String words);

    /** Reports that tasks were stalled for memory. */
    void pressureRises();
  }

  /** A signal that this host may have. */
  @FunctionalInterface
  interface Signal {
    /**
     * Arms the signal.
     *
     * @throws IOException if it is unavailable on this host, or to this process
     */
    Armed arm() throws IOException;
  }

  /** An armed signal, and its name for people. */
  record Armed(PressureTrigger trigger, String words) {}

  private final Signal signal;
  private final Listener listener;
  private final Duration rest;
  private @Nullable Thread thread;

  /**
   * Returns a watcher of this machine.
   *
   * @param procRoot where procfs is mounted
   */
  public static PressureWatcher of(Path procRoot, Listener listener) {
    return new PressureWatcher(new PsiSignal(procRoot), listener, REST);
  }

  /**
   * Makes a watcher of any signal.
   *
   * @param rest the minimum time between two reports
   */
  PressureWatcher(Signal signal, Listener listener, Duration rest) {
    this.signal = signal;
    this.listener = listener;
    this.rest = rest;
  }

  public synchronized void start() {
    thread = new Thread(this::watch, "fadvised-pressure");
    thread.setDaemon(true);
    thread.start();
  }

  /** Stops watching; the thread ends within five seconds. */
  public synchronized void stop() {
    if (thread != null) {
      thread.interrupt();
      thread = null;
    }
  }

  private void watch() {
    try {
      watch(signal.arm());
    } catch (IOException e) {
      listener.watching(false, "the timer only (no PSI trigger: " + Failures.words(e) + ")");
    } catch (InterruptedException e) {
      // stop was asked for
    }
  }

  private void watch(Armed armed) throws IOException, InterruptedException {
    try (PressureTrigger trigger = armed.trigger()) {
      listener.watching(true, armed.words());
      while (true) {
        if (trigger.await(WAIT)) {
          listener.pressureRises();
          Thread.sleep(rest.toMillis());
        } else if (Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
    }
  }
}
