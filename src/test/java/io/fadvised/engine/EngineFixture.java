package io.fadvised.engine;

import io.fadvised.config.InvalidSettingsException;
import io.fadvised.config.Settings;
import io.fadvised.config.SettingsLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * An engine on a {@link FixtureHost}. Unless told otherwise the budget is 64 MiB relaxed and 8 MiB
 * pressed, and intervals move between 1 s and 60 s.
 */
final class EngineFixture {
  static final long MIB = 1L << 20;

  final FixtureHost host;
  final RecordingListener heard = new RecordingListener();
  final Engine engine;

  EngineFixture(Path folder, String... sets) {
    this(new FixtureHost(folder), sets);
  }

  EngineFixture(FixtureHost host, String... sets) {
    this(host, List.of(), sets);
  }

  /** With listeners that are told before {@link #heard}. */
  EngineFixture(FixtureHost host, List<EngineListener> others, String... sets) {
    this.host = host;
    List<EngineListener> listeners = new ArrayList<>(others);
    listeners.add(heard);
    engine = new Engine(host.host(), settings(sets), listeners);
  }

  static Settings settings(String... sets) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "interval.min=1s",
                "interval.max=60s",
                "budget.relaxed=64MiB",
                "budget.pressed=8MiB"));
    all.addAll(Arrays.asList(sets));
    try {
      return SettingsLoader.load(Optional.empty(), all).settings();
    } catch (InvalidSettingsException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  Duration tick() {
    try {
      return engine.tick();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Lets a time pass, then ticks once. */
  Duration tickAfter(Duration time) {
    host.clock().advance(time);
    return tick();
  }

  Duration tickAfterSeconds(long seconds) {
    return tickAfter(Duration.ofSeconds(seconds));
  }

  /** Ticks as the engine asks for it, until a time has passed; how often it ticked. */
  int run(Duration time) {
    long end = host.clock().nanos() + time.toNanos();
    int ticks = 0;
    while (host.clock().nanos() - end < 0) {
      host.clock().advance(tick());
      if (++ticks > 10 * time.toSeconds() + 10) {
        throw new IllegalStateException("the engine ticks without a pause");
      }
    }
    return ticks;
  }

  DeviceReport report(String device) {
    return engine.snapshot().devices().stream()
        .filter(report -> report.device().name().equals(device))
        .findFirst()
        .orElseThrow();
  }

  int adviceCalls() {
    return host.kernel().calls("posix_fadvise").size();
  }
}
