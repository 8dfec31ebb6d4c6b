package io.fadvised.simulation;

import io.fadvised.config.InvalidSettingsException;
import io.fadvised.config.Settings;
import io.fadvised.config.SettingsLoader;
import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineListener;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Manages the page cache of a host. */
interface Daemon {
  /** Runs for a time. */
  void run(SimulatedHost host, Duration time);

  static Daemon none() {
    return SimulatedHost::advance;
  }

  /** Advises every backing file as a whole at intervals: a loop around posix_fadvise. */
  static Daemon advisingEvery(Duration interval) {
    return (host, time) -> {
      for (long left = time.toNanos(); left > 0; left -= interval.toNanos()) {
        host.advance(interval);
        host.loops().forEach(loop -> host.kernel().adviseWhole(loop.lower()));
      }
    };
  }

  /** Writes to /proc/sys/vm/drop_caches at intervals, as from cron. */
  static Daemon droppingCachesEvery(Duration interval) {
    return (host, time) -> {
      for (long left = time.toNanos(); left > 0; left -= interval.toNanos()) {
        host.advance(interval);
        host.machine().cache().dropClean();
      }
    };
  }

  /** Runs the real engine of fadvised, with settings as given to {@code --set}. */
  static Fadvised fadvised(SimulatedHost host, String... settings) {
    return new Fadvised(host, settings(settings), List.of());
  }

  static Settings settings(String... sets) {
    try {
      return SettingsLoader.load(Optional.empty(), List.of(sets)).settings();
    } catch (InvalidSettingsException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** See {@link #fadvised}. */
  final class Fadvised implements Daemon {
    private final Engine engine;

    Fadvised(SimulatedHost host, Settings settings, List<EngineListener> listeners) {
      engine = new Engine(host.asSeenByTheEngine(), settings, listeners);
      engine.pressureWatched(host.hasPsi(), "simulation");
    }

    @Override
    public void run(SimulatedHost host, Duration time) {
      run(host, time, () -> {});
    }

    /** Ticks when the engine requests it, and when tasks are stalled. */
    void run(SimulatedHost host, Duration time, Runnable afterEachTick) {
      long end = host.nowNanos() + time.toNanos();
      try {
        while (host.nowNanos() < end) {
          Duration wait = engine.tick();
          afterEachTick.run();
          host.advanceUntil(host.nowNanos() + wait.toNanos(), engine::pressureRises);
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
