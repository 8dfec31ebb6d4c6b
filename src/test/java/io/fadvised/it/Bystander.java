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
 * An engine that tolerates no lower cache, and a device that nothing happens to: whatever becomes
 * of the others, it has to be served on.
 */
final class Bystander {
  static final Duration A_MOMENT = Duration.ofSeconds(5);

  /** So little is not worth a call. */
  static final long LEFT_BYTES = 2 * MIB;

  /**
   * Twice its interval and more: others may have the processors, and dd(1) and fincore(1) take
   * time.
   */
  private static final Duration SOON = Duration.ofSeconds(5);

  private static final Duration A_REST = Duration.ofMillis(10);

  final Recorder recorder = new Recorder();
  private final Scratch scratch;
  private final Path image;
  private final LoopFixture well;
  private final Engine engine;
  private final EngineLoop engineLoop;
  private volatile boolean paused;

  private Bystander(Scratch scratch, String... sets) {
    this.scratch = scratch;
    image = DataFiles.writeClean(scratch.file("well"), 32);
    well = scratch.attach(image);
    List<String> all = new ArrayList<>(List.of("budget.relaxed=0", "budget.pressed=0"));
    all.addAll(Arrays.asList(sets));
    engine =
        new Engine(
            new RealHost().forEngine(),
            RealHost.settings(scratch.folder(), all.toArray(String[]::new)),
            List.of(recorder));
    engineLoop = new EngineLoop(engine);
  }

  /** Starts the engine, for the devices of this test; it ends with the test. */
  static Bystander start(Scratch scratch, String... sets) throws Exception {
    Bystander bystander = new Bystander(scratch, sets);
    LoopWatcher watcher =
        new LoopWatcher(
            bystander.engineLoop::devicesChanged,
            bystander.engineLoop::requestRescan,
            bystander.recorder.problems::add);
    scratch.later(() -> assertThat(bystander.engineLoop.stop(A_MOMENT)).isTrue());
    scratch.later(watcher::stop);
    watcher.start();
    bystander.engineLoop.start();
    bystander.awaitSwept(bystander.well);
    return bystander;
  }

  /** The same, and has it sweep all devices, busy or not, again and again. */
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
                  LockSupport.parkNanos(A_REST.toNanos());
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

  /** Lets it sweep no more for a while; none is under way afterwards. */
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

  /** It is read, and evicted again soon. For an engine that sweeps without a pause. */
  void assertServed() throws Exception {
    DataFiles.read(image);
    assertEvictedSoon();
  }

  /** It is written to, and evicted again in its usual interval. */
  void assertServedAtItsPace() throws Exception {
    Commands.run("dd", "if=/dev/zero", "of=" + well.node(), "bs=1M", "count=16", "conv=fsync");
    assertEvictedSoon();
  }

  private void assertEvictedSoon() throws Exception {
    Recorder.await(SOON, "evicted", () -> DataFiles.residentBytes(image) <= LEFT_BYTES);
    assertThat(report(well).state()).isNotIn(DeviceState.FAILED, DeviceState.QUARANTINED);
  }

  void awaitSwept(LoopFixture loop) throws Exception {
    Recorder.await(
        A_MOMENT,
        "looked at, and told of",
        () -> recorder.report(loop.name()).filter(Bystander::isSwept).isPresent());
  }

  private static boolean isSwept(DeviceReport report) {
    return report.totals().sweeps() > 0;
  }

  void awaitEvicted(Path file) throws Exception {
    Recorder.await(A_MOMENT, "evicted", () -> DataFiles.residentBytes(file) <= LEFT_BYTES);
  }

  /** Waits until a device is in a state; returns the reason in words. */
  String awaitState(LoopFixture loop, DeviceState state) throws Exception {
    Recorder.await(
        A_MOMENT,
        loop.name() + " is " + state,
        () -> recorder.report(loop.name()).filter(report -> report.state() == state).isPresent());
    return report(loop).reason().words();
  }

  /** Waits until a device is served, with or without I/O just now. */
  String awaitManaged(LoopFixture loop) throws Exception {
    Set<DeviceState> served = EnumSet.of(DeviceState.MANAGED, DeviceState.IDLE);
    Recorder.await(
        A_MOMENT,
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

  /** The devices of this test that the engine knows. */
  List<String> devices() {
    return engine.snapshot().devices().stream()
        .filter(report -> report.state() != DeviceState.EXCLUDED)
        .map(report -> report.device().name())
        .toList();
  }
}
