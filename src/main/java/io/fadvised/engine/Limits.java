package io.fadvised.engine;

import io.fadvised.cgroup.Cgroup;
import io.fadvised.linux.Failures;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The cgroups with a limit, and whether it was hit. Owned by the engine's thread. */
final class Limits {
  /** A walk of 300 cgroups takes 7 ms, and reading their strikes 0.4 ms (measured, 6.18). */
  private static final Duration MIN_WALK_REST = Duration.ofSeconds(1);

  /** Limits may have been set since the last walk. */
  private static final Duration MAX_WALK_REST = Duration.ofMinutes(1);

  private final Host host;
  private final Consumer<String> problems;
  private final RareTask walking;
  private final RareTask reading;
  private Map<String, LimitView> limits = Map.of();
  private boolean walked;
  private long walkedAtNanos;

  /**
   * @param problems receives messages about an unreadable tree
   */
  Limits(Host host, Consumer<String> problems) {
    this.host = host;
    this.problems = problems;
    walking = new RareTask(host.clock(), MIN_WALK_REST);
    reading = new RareTask(host.clock(), Duration.ZERO);
  }

  Collection<LimitView> all() {
    return limits.values();
  }

  Optional<LimitView> at(String path) {
    return Optional.ofNullable(limits.get(path));
  }

  /**
   * Reads how often each limit was hit, and finds the cgroups that were made. To be called when a
   * limit was hit.
   */
  void update(long nowNanos) {
    boolean isKnown = !reading.isDue() || readStrikes(nowNanos);
    if (walking.isDue() && (!isKnown || isOutdated(nowNanos))) {
      walking.run(this::walk);
      readStrikes(nowNanos);
    }
  }

  /**
   * Returns whether a limit that was hit is known: else it is that of a new cgroup. A cgroup that
   * was removed may have been replaced, as when a container is restarted.
   */
  private boolean readStrikes(long nowNanos) {
    boolean[] isHit = {false};
    boolean[] isGone = {false};
    reading.run(
        () ->
            all()
                .forEach(
                    limit -> {
                      try {
                        isHit[0] |= limit.pollStrikes(nowNanos);
                      } catch (IOException e) {
                        limit.forget();
                        isGone[0] = true;
                      }
                    }));
    return isHit[0] && !isGone[0];
  }

  private boolean isOutdated(long nowNanos) {
    return !walked
        || nowNanos - walkedAtNanos >= MAX_WALK_REST.toNanos()
        || host.cgroups().hasChanged();
  }

  private void walk() {
    try {
      host.cgroups().walk();
    } catch (IOException e) {
      problems.accept("cgroups unreadable, limits of containers are unknown: " + Failures.words(e));
    }
    Map<String, LimitView> found = new LinkedHashMap<>();
    for (Cgroup cgroup : host.cgroups().limited()) {
      LimitView known = limits.get(cgroup.path());
      found.put(cgroup.path(), known != null ? known : new LimitView(cgroup));
    }
    limits = found;
    walked = true;
    walkedAtNanos = host.clock().nanos();
  }

  /** Reads a cgroup. */
  interface Reading {
    void run() throws IOException;
  }

  /** Reads a cgroup; one that was removed is forgotten. */
  static void tried(LimitView limit, Reading reading) {
    try {
      reading.run();
    } catch (IOException e) {
      limit.forget();
    }
  }
}
