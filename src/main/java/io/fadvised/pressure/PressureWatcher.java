package io.fadvised.pressure;

import io.fadvised.linux.PressureTrigger;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Notices that memory becomes scarce, by the first signal that this host has, on a thread of its
 * own. Tells of it once a second at the most, for as long as it lasts.
 */
public final class PressureWatcher {
  /** How soon a stop is noticed; a waiting thread costs a wake-up for each. */
  private static final Duration WAIT = Duration.ofSeconds(5);

  /** So that pressure without end costs no more than the engine's usual tick. */
  private static final Duration REST = Duration.ofSeconds(1);

  /** Hears what the watcher sees, on the watcher's thread. */
  public interface Listener {
    /**
     * What will tell of pressure from now on.
     *
     * @param watched whether anything will
     * @param words what the engine is woken by, such as "PSI (20 ms stalled within 1 s)"
     */
    void watching(boolean watched, String words);

    /**
     * Memory pressure has begun, or lasts.
     *
     * @param stallWindow within which tasks were stalled; zero if that is not known
     */
    void pressureRises(Duration stallWindow);
  }

  private final List<PressureSignal> signals;
  private final Listener listener;
  private final Duration rest;
  private @Nullable Thread thread;

  /**
   * Watches this machine.
   *
   * @param procRoot where procfs is mounted
   */
  public static PressureWatcher of(Path procRoot, Listener listener) {
    return new PressureWatcher(
        List.of(new PsiSignal(procRoot), new ReclaimSignal(procRoot)), listener, REST);
  }

  /**
   * Watches one of several signals.
   *
   * @param signals the better ones first
   * @param rest the least time between two reports
   */
  PressureWatcher(List<PressureSignal> signals, Listener listener, Duration rest) {
    this.signals = List.copyOf(signals);
    this.listener = listener;
    this.rest = rest;
  }

  /** Starts watching. */
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

  /** By the first signal that can be had; should it fail one day, by the next one. */
  private void watch() {
    List<String> failures = new ArrayList<>();
    try {
      for (PressureSignal signal : signals) {
        try {
          watch(signal.open(), failures);
        } catch (IOException e) {
          failures.add(signal.name() + ": " + e.getMessage());
        }
      }
      listener.watching(false, "its tick alone, because of " + joined(failures));
    } catch (InterruptedException e) {
      // stop was asked for
    }
  }

  private void watch(PressureSignal.On signal, List<String> failures)
      throws IOException, InterruptedException {
    try (PressureTrigger trigger = signal.trigger()) {
      String why = failures.isEmpty() ? "" : ", because of " + joined(failures);
      listener.watching(true, signal.words() + why);
      while (true) {
        if (trigger.await(WAIT)) {
          listener.pressureRises(signal.stallWindow());
          Thread.sleep(rest.toMillis());
        } else if (Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
    }
  }

  private static String joined(List<String> failures) {
    return String.join("; ", failures);
  }
}
