package io.fadvised;

import io.fadvised.engine.Clock;
import io.fadvised.engine.EngineListener;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.loop.PinnedMounts;
import io.fadvised.loop.PinnedMounts.Pinned;
import io.fadvised.loop.Printable;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Logs, once each, the mounts that keep a loop device because this daemon runs. */
final class PinnedMountLog implements EngineListener {
  /** As often as all loop devices are read. */
  static final Duration INTERVAL = Duration.ofSeconds(30);

  private final PinnedMounts mounts;
  private final Clock clock;
  private final Consumer<String> warnings;
  private Set<Pinned> logged = Set.of();
  private long lookedAtNanos;

  PinnedMountLog(PinnedMounts mounts, Clock clock, Consumer<String> warnings) {
    this.mounts = mounts;
    this.clock = clock;
    this.warnings = warnings;
    lookedAtNanos = clock.nanos();
  }

  @Override
  public void ticked(EngineSnapshot snapshot) {
    if (clock.nanos() - lookedAtNanos < INTERVAL.toNanos()) {
      return;
    }
    lookedAtNanos = clock.nanos();
    List<Pinned> pinned = mounts.find();
    for (Pinned mount : pinned) {
      if (!logged.contains(mount)) {
        warnings.accept(
            "%s: unmounted on the host, but still mounted at %s in the service's mount namespace;"
                    .formatted(mount.device(), Printable.of(mount.mountPoint()))
                + " restart fadvised to detach it");
      }
    }
    logged = Set.copyOf(pinned);
  }
}
