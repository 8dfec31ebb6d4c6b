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

/** Logs each {@link Pinned} mount once. */
final class PinnedMountLog implements EngineListener {
  /** The interval of full device scans. */
  static final Duration INTERVAL = Duration.ofSeconds(30);

  private final PinnedMounts mounts;
  private final Clock clock;
  private final Consumer<String> warnings;
  private Set<Pinned> logged = Set.of();
  private long checkedAtNanos;

  PinnedMountLog(PinnedMounts mounts, Clock clock, Consumer<String> warnings) {
    this.mounts = mounts;
    this.clock = clock;
    this.warnings = warnings;
    checkedAtNanos = clock.nanos();
  }

  @Override
  public void ticked(EngineSnapshot snapshot) {
    if (clock.nanos() - checkedAtNanos < INTERVAL.toNanos()) {
      return;
    }
    checkedAtNanos = clock.nanos();
    List<Pinned> pinned = mounts.find();
    for (Pinned mount : pinned) {
      if (!logged.contains(mount)) {
        warnings.accept(
            "%s: unmounted on the host, but still mounted at %s in the service's mount namespace;"
                    .formatted(mount.device(), Printable.ofBytes(mount.mountPoint()))
                + " restart fadvised to detach it");
      }
    }
    logged = Set.copyOf(pinned);
  }
}
