package io.fadvised.engine;

import io.fadvised.cgroup.Cgroup;
import io.fadvised.cgroup.CgroupSample;
import io.fadvised.policy.Conditions;
import io.fadvised.policy.Explained;
import io.fadvised.policy.LimitGauge;
import io.fadvised.policy.Payer;
import io.fadvised.policy.Pressure;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One cgroup with a limit as last polled. Owned by the engine's thread. */
final class LimitView {
  /** A cgroup that has not reached its limit for this long has memory to spare. */
  private static final Duration REMEMBERED = Duration.ofSeconds(60);

  /** The time in which a cgroup that has just reached its limit shows whether it thrashes. */
  static final Duration MIN_JUDGED = Duration.ofMillis(250);

  private final Cgroup cgroup;
  private final PaidDevices devices = new PaidDevices();
  private Optional<CgroupSample> sample = Optional.empty();
  private Pressure pressure = Pressure.NONE;
  private Explained explained = Explained.NOTHING;
  private Duration turnover = Conditions.CALM.turnover();
  private long strikes;
  private long struckAtNanos;
  private long sampledAtNanos;
  private boolean active;
  private boolean judged;
  private long limitBytes;
  private long releasedBytes;
  private long releasedBefore;
  private boolean cachesTwice;

  LimitView(Cgroup cgroup) {
    this.cgroup = cgroup;
  }

  String path() {
    return cgroup.path();
  }

  /** Returns whether its limit has made it reclaim within the last minute, or it is pressed. */
  boolean isActive() {
    return active;
  }

  /** Returns whether it was sampled only once, so that nothing is known about it. */
  boolean isNew() {
    return active && !judged;
  }

  /** Returns whether it is at its limit, but not short of memory, as with a file read once. */
  boolean isCalm() {
    return active && judged && pressure.isQuiet();
  }

  /** Returns its part of the host's refaults and stalls. */
  Explained explained() {
    return explained;
  }

  /** Returns the names of the devices that it uses and pays for. */
  Set<String> devices() {
    return devices.names();
  }

  /** Returns its state as a value; empty before the first sample. */
  Optional<Payer> payer() {
    return sample.map(
        last -> new Payer(path(), last.limitBytes(), pressure, turnover, cachesTwice));
  }

  /**
   * Returns its report; empty while it is not short of memory and has got none back.
   *
   * @param residentBytes lower cache by device
   */
  Optional<ContainerReport> report(Map<String, Long> residentBytes) {
    if (devices().isEmpty() && pressure.level() == 0 && releasedBytes == 0) {
      return Optional.empty();
    }
    return Optional.of(
        new ContainerReport(
            path(),
            limitBytes,
            pressure,
            List.copyOf(devices()),
            devices().stream().mapToLong(name -> residentBytes.getOrDefault(name, 0L)).sum(),
            releasedBytes));
  }

  void addReleased(long bytes) {
    releasedBytes += bytes;
  }

  /**
   * Reads how often its limit was hit, and returns whether it was. The hits before the first call
   * count, too.
   */
  boolean pollStrikes(long nowNanos) throws IOException {
    long now = cgroup.strikes();
    boolean isHit = now > strikes;
    if (isHit) {
      active = true;
      struckAtNanos = nowNanos;
    }
    strikes = now;
    return isHit;
  }

  /**
   * Samples the cgroup, unless it has not reached its limit for a minute.
   *
   * @param io of all loop devices
   */
  void poll(LoopIo io, boolean ownsLowerCache, int pageBytes, long nowNanos) throws IOException {
    boolean isStruck = nowNanos - struckAtNanos < REMEMBERED.toNanos();
    if (!isStruck && pressure.isQuiet()) {
      forget();
      return;
    }
    CgroupSample now = cgroup.sample();
    if (sample.isPresent()) {
      Duration elapsed = Duration.ofNanos(Math.max(1, nowNanos - sampledAtNanos));
      judge(sample.get(), now, isStruck, elapsed, pageBytes);
    } else {
      explained = Explained.ALL;
    }
    sample = Optional.of(now);
    limitBytes = now.limitBytes();
    sampledAtNanos = nowNanos;
    releasedBefore = releasedBytes;
    if (ownsLowerCache) {
      devices.update(now.ioBytes(), io);
    }
  }

  /**
   * Judges a cgroup that was sampled once, unless that was just before or it is not short of memory
   * yet. The next {@link #poll} judges the whole time since then.
   */
  void judgeEarly(LoopIo io, boolean ownsLowerCache, long nowNanos) throws IOException {
    Duration elapsed = Duration.ofNanos(nowNanos - sampledAtNanos);
    if (elapsed.compareTo(MIN_JUDGED) < 0) {
      return;
    }
    CgroupSample now = cgroup.sample();
    pressure = LimitGauge.between(sample.orElseThrow(), now, elapsed);
    judged = !pressure.isQuiet();
    if (ownsLowerCache) {
      devices.update(now.ioBytes(), io);
    }
  }

  private void judge(
      CgroupSample before, CgroupSample now, boolean isStruck, Duration elapsed, int pageBytes) {
    Pressure measured = isStruck ? LimitGauge.between(before, now, elapsed) : Pressure.NONE;
    pressure = measured.settledAfter(pressure, elapsed);
    judged = true;
    explained = LimitGauge.explained(before, now, elapsed);
    turnover = LimitGauge.turnover(before, now, elapsed, pageBytes);
    cachesTwice = LimitGauge.cachesTwice(before, now, releasedBytes - releasedBefore, pageBytes);
  }

  /** Forgets what it was short of, and closes its files. */
  void forget() {
    active = false;
    judged = false;
    sample = Optional.empty();
    pressure = Pressure.NONE;
    explained = Explained.NOTHING;
    cachesTwice = false;
    devices.forget();
    cgroup.rest();
  }
}
