package io.fadvised.it;

import io.fadvised.engine.DeviceReport;
import io.fadvised.engine.EngineListener;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.engine.SweepReport;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** Records the reports of an engine. */
final class Recorder implements EngineListener {
  final List<String> appeared = new CopyOnWriteArrayList<>();
  final List<String> disappeared = new CopyOnWriteArrayList<>();
  final List<SweepReport> sweeps = new CopyOnWriteArrayList<>();
  final List<String> problems = new CopyOnWriteArrayList<>();
  final AtomicLong ticks = new AtomicLong();
  private volatile Optional<EngineSnapshot> last = Optional.empty();

  @Override
  public void appeared(DeviceReport device) {
    appeared.add(device.device().name());
  }

  @Override
  public void disappeared(String device) {
    disappeared.add(device);
  }

  @Override
  public void swept(SweepReport sweep) {
    sweeps.add(sweep);
  }

  @Override
  public void hostProblem(String message) {
    problems.add(message);
  }

  @Override
  public void ticked(EngineSnapshot snapshot) {
    last = Optional.of(snapshot);
    ticks.incrementAndGet();
  }

  /** Returns the snapshot of the last tick. */
  Optional<EngineSnapshot> lastSnapshot() {
    return last;
  }

  /** Returns the report on a device at the last tick. */
  Optional<DeviceReport> report(String name) {
    return last.flatMap(
        snapshot ->
            snapshot.devices().stream()
                .filter(report -> report.device().name().equals(name))
                .findFirst());
  }

  long sweepsOf(String name) {
    return sweeps.stream().filter(sweep -> sweep.device().equals(name)).count();
  }

  /** Waits for a condition and returns the time it took; fails after the timeout. */
  static Duration await(Duration timeout, String what, Condition condition) throws Exception {
    long start = System.nanoTime();
    while (!condition.holds()) {
      Duration waited = Duration.ofNanos(System.nanoTime() - start);
      if (waited.compareTo(timeout) > 0) {
        throw new AssertionError("not within " + timeout + ": " + what);
      }
      Thread.sleep(10);
    }
    return Duration.ofNanos(System.nanoTime() - start);
  }

  @FunctionalInterface
  interface Condition {
    boolean holds() throws Exception;
  }
}
