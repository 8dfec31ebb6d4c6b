package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.DeviceReport;
import io.fadvised.engine.DeviceState;
import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code direct-io = enable}: capable devices get direct I/O, others are evicted. */
@Requires(programs = {"losetup", "mkfs.ext4", "fincore", "dd"})
@Timeout(120)
class DirectIoIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  @RegisterExtension final Scratch scratch = new Scratch();

  private final Recorder recorder = new Recorder();

  @Test
  void capableDeviceGetsDirectIoAndOtherDeviceIsEvicted() throws Exception {
    Path willingImage = DataFiles.sparse(scratch.file("willing"), 256);
    LoopFixture capable = scratch.attach(willingImage);
    uncount(capable);
    LoopFixture disk =
        scratch.attach(DataFiles.sparse(scratch.file("disk"), 700), "--sector-size", "4096");
    Commands.run("mkfs.ext4", "-q", disk.node());
    Path unwillingImage =
        DataFiles.sparse(scratch.mount("large-sectors", disk.node()).resolve("unwilling"), 256);
    LoopFixture incapable = scratch.attach(unwillingImage);

    EngineLoop loop = start(willingImage, unwillingImage);
    Recorder.await(TIMEOUT, "is direct", () -> direct(capable).equals("1"));
    for (int turn = 0; turn < 3; turn++) {
      write(capable, 64);
      write(incapable, 64);
      Thread.sleep(1000);
    }
    Recorder.await(TIMEOUT, "proven", () -> report(capable).state() == DeviceState.DIRECT);

    assertThat(report(capable).directIo()).isEqualTo("direct I/O switched on by fadvised");
    assertThat(DataFiles.residentBytes(willingImage)).isLessThan(2 * MIB);
    assertThat(direct(incapable)).isEqualTo("0");
    assertThat(report(incapable).directIo())
        .contains("sector size 512,")
        .contains("evicted instead");
    assertThat(report(incapable).totals().releasedBytes()).isPositive();
    assertThat(loop.stop(Duration.ofSeconds(5))).isTrue();
    assertThat(direct(capable)).isEqualTo("1");
  }

  private EngineLoop start(Path... images) {
    EngineLoop loop = new EngineLoop(engine(images));
    scratch.later(() -> assertThat(loop.stop(Duration.ofSeconds(5))).isTrue());
    loop.start();
    return loop;
  }

  private Engine engine(Path... images) {
    StringBuilder include = new StringBuilder();
    for (Path image : images) {
      include.append(include.isEmpty() ? "" : ", ").append('"').append(image).append('"');
    }
    return new Engine(
        new RealHost().forEngine(),
        RealHost.settings(
            scratch.directory(),
            "devices.include=[" + include + "]",
            "direct-io=enable",
            "budget.relaxed=16MiB",
            "budget.pressed=16MiB",
            "interval.max=1s"),
        List.of(recorder));
  }

  /** Ends the counting of its I/O: without it, direct I/O is switched on without a comparison. */
  private void uncount(LoopFixture loop) throws IOException {
    Path counts = Path.of("/sys/block", loop.name(), "queue/iostats");
    Files.writeString(counts, "0");
    scratch.later(() -> Files.writeString(counts, "1"));
  }

  /** Writes through the cache of the device, like a filesystem on it. */
  private static void write(LoopFixture loop, int mebibytes) {
    Commands.run(
        "dd", "if=/dev/zero", "of=" + loop.node(), "bs=1M", "count=" + mebibytes, "conv=fsync");
  }

  private static String direct(LoopFixture loop) throws IOException {
    return Files.readString(Path.of("/sys/block", loop.name(), "loop/dio")).strip();
  }

  private DeviceReport report(LoopFixture loop) {
    return recorder.report(loop.name()).orElseThrow();
  }
}
