package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.DeviceReport;
import io.fadvised.engine.DeviceState;
import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineLoop;
import io.fadvised.loop.LoopWatcher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * An engine with a budget of 0 and a healthy device, which it must serve whatever happens to the
 * others.
 */
final class Bystander {
  static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** fadvised does not evict less. */
  static final long MAX_LEFT_BYTES = 2 * MIB;

  /** More than two intervals, for a busy host and the run time of dd(1) and fincore(1). */
  private static final Duration MAX_EVICTION_TIME = Duration.ofSeconds(5);

  private static final Duration PAUSE = Duration.ofMillis(10);

  final Recorder recorder = new Recorder();
  private final Scratch scratch;
  private final Path image;
  private final LoopFixture loop;
  private final Engine engine;
  private final EngineLoop engineLoop;
  private volatile boolean paused;

  private Bystander(Scratch scratch, String... sets) {
    this.scratch = scratch;
    image = DataFiles.writeClean(scratch.file("well"), 32);
    loop = scratch.attach(image);
    List<String> all = new ArrayList<>(List.of("budget.relaxed=0", "budget.pressed=0"));
    all.addAll(Arrays.asList(sets));
    engine =
        new Engine(
            new RealHost().forEngine(),
            RealHost.settings(scratch.directory(), all.toArray(String[]::new)),
            List.of(recorder));
    engineLoop = new EngineLoop(engine);
  }

  /** Starts the engine for the devices of this test; it ends with the test. */
  static Bystander start(Scratch scratch, String... sets) throws Exception {
    Bystander bystander = new Bystander(scratch, sets);
    LoopWatcher watcher =
        new LoopWatcher(
            bystander.engineLoop::devicesChanged,
            bystander.engineLoop::requestRescan,
            bystander.recorder.problems::add);
    scratch.later(() -> assertThat(bystander.engineLoop.stop(TIMEOUT)).isTrue());
    scratch.later(watcher::stop);
    watcher.start();
    bystander.engineLoop.start();
    bystander.awaitSwept(bystander.loop);
    return bystander;
  }

  /** Starts the engine and makes it sweep all devices without pause. */
  static Bystander sweepWithoutPause(Scratch scratch, String... sets) throws Exception {
    Bystander bystander = start(scratch, sets);
    bystander.sweepWithoutPause();
    return bystander;
  }

  private void sweepWithoutPause() {
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Void> orders =
        CompletableFuture.runAsync(
            () -> {
              while (!stop.get()) {
                if (paused) {
                  LockSupport.parkNanos(PAUSE.toNanos());
                } else {
                  engineLoop.execute(engine::makeAllDue);
                  engineLoop.submit(engine::snapshot).join();
                }
              }
            });
    scratch.later(
        () -> {
          stop.set(true);
          orders.get();
        });
  }

  /** Pauses or resumes the sweeps; no sweep is running when it returns. */
  void pause(boolean wanted) throws Exception {
    paused = wanted;
    engineLoop
        .submit(
            () -> {
              engine.setPaused(wanted);
              return wanted;
            })
        .get();
  }

  /** Reads the device, which must be evicted soon. For an engine that sweeps without pause. */
  void assertServed() throws Exception {
    DataFiles.read(image);
    assertEvictedSoon();
  }

  /** Writes to the device, which must be evicted in its usual interval. */
  void assertServedInItsInterval() throws Exception {
    Commands.run("dd", "if=/dev/zero", "of=" + loop.node(), "bs=1M", "count=16", "conv=fsync");
    assertEvictedSoon();
  }

  private void assertEvictedSoon() throws Exception {
    Recorder.await(
        MAX_EVICTION_TIME, "evicted", () -> DataFiles.residentBytes(image) <= MAX_LEFT_BYTES);
    assertThat(report(loop).state()).isNotIn(DeviceState.FAILED, DeviceState.QUARANTINED);
  }

  void awaitSwept(LoopFixture loop) throws Exception {
    Recorder.await(
        TIMEOUT,
        "swept and reported",
        () -> recorder.report(loop.name()).filter(Bystander::isSwept).isPresent());
  }

  private static boolean isSwept(DeviceReport report) {
    return report.totals().sweeps() > 0;
  }

  void awaitEvicted(Path file) throws Exception {
    Recorder.await(TIMEOUT, "evicted", () -> DataFiles.residentBytes(file) <= MAX_LEFT_BYTES);
  }

  /** Waits until a device is in a state, and returns the reason. */
  String awaitState(LoopFixture loop, DeviceState state) throws Exception {
    Recorder.await(
        TIMEOUT,
        loop.name() + " is " + state,
        () -> recorder.report(loop.name()).filter(report -> report.state() == state).isPresent());
    return report(loop).reason().words();
  }

  /** Waits until a device is managed or idle. */
  String awaitManaged(LoopFixture loop) throws Exception {
    Set<DeviceState> served = EnumSet.of(DeviceState.MANAGED, DeviceState.IDLE);
    Recorder.await(
        TIMEOUT,
        loop.name() + " is managed",
        () ->
            recorder
                .report(loop.name())
                .filter(report -> served.contains(report.state()))
                .isPresent());
    return report(loop).reason().words();
  }

  DeviceReport report(LoopFixture loop) {
    return recorder.report(loop.name()).orElseThrow();
  }

  /** Returns the devices of this test that the engine knows. */
  List<String> devices() {
    return engine.snapshot().devices().stream()
        .filter(report -> report.state() != DeviceState.EXCLUDED)
        .map(report -> report.device().name())
        .toList();
  }
}
