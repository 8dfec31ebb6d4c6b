package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.DeviceReport;
import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineLoop;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.engine.Figures;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Figures that are asked for while no device is due for a minute. */
@Requires(programs = {"dd"})
@Timeout(60)
class FiguresIT {
  @RegisterExtension final Scratch scratch = new Scratch();

  private final Recorder recorder = new Recorder();

  private Figures start(LoopFixture loop, String... sets) throws Exception {
    Engine engine =
        new Engine(
            new RealHost().forEngine(),
            RealHost.settings(scratch.directory(), sets),
            List.of(recorder));
    EngineLoop thread = new EngineLoop(engine);
    scratch.later(() -> assertThat(thread.stop(Duration.ofSeconds(5))).isTrue());
    thread.start();
    Recorder.await(
        Duration.ofSeconds(10), "the first sweep", () -> recorder.sweepsOf(loop.name()) == 1);
    return new Figures(engine, thread);
  }

  /** Writes past the upper cache, so that all of it is in the lower one. */
  private static void write(LoopFixture loop, int mebibytes) {
    Commands.run(
        "dd", "if=/dev/zero", "of=" + loop.node(), "bs=1M", "count=" + mebibytes, "oflag=direct");
  }

  private static DeviceReport report(EngineSnapshot snapshot, LoopFixture loop) {
    return snapshot.devices().stream()
        .filter(device -> device.device().name().equals(loop.name()))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void figuresEqualFincoreAfterAWriteThatNoSweepHasSeen() throws Exception {
    Path image = DataFiles.sparse(scratch.file("image"), 256);
    LoopFixture loop = scratch.attach(image);
    Figures figures = start(loop, "interval.min=1m", "interval.max=1m", "budget.relaxed=1GiB");
    write(loop, 180);

    DeviceReport report = report(figures.now().get(), loop);

    assertThat(report.residency().orElseThrow().residentBytes())
        .isEqualTo(DataFiles.residentBytes(image))
        .isEqualTo(180 * MIB);
    assertThat(report.isOutdated()).isFalse();
    assertThat(recorder.sweepsOf(loop.name())).isEqualTo(1);

    DataFiles.read(loop.node());
    assertThat(report(figures.now().get(), loop).residency().orElseThrow().residentBytes())
        .isEqualTo(DataFiles.residentBytes(image));
  }

  @Test
  void figuresEqualFincoreInADryRunWithoutABudget() throws Exception {
    Path image = DataFiles.sparse(scratch.file("image"), 64);
    LoopFixture loop = scratch.attach(image);
    Figures figures =
        start(
            loop,
            "interval.min=1m",
            "interval.max=1m",
            "dry-run=true",
            "budget.relaxed=0",
            "budget.pressed=0");
    write(loop, 48);

    assertThat(report(figures.now().get(), loop).residency().orElseThrow().residentBytes())
        .isEqualTo(DataFiles.residentBytes(image))
        .isEqualTo(48 * MIB);
  }
}
