package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.nio.file.ExtendedOpenOption;
import io.fadvised.engine.DeviceReport;
import io.fadvised.engine.DeviceState;
import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineLoop;
import io.fadvised.policy.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Eviction pauses when it causes thrashing, and continues otherwise. */
@Requires(programs = {"mkfs.ext4", "fincore", "dd"})
@Timeout(120)
class ThrashingIT {
  private static final int DATA_MIB = 256;
  private static final int BLOCK_BYTES = 64 << 10;
  private static final long BLOCKS = DATA_MIB * MIB / BLOCK_BYTES;

  /** A device that thrashes must be paused within this time. */
  private static final Duration MAX_TIME = Duration.ofSeconds(30);

  /** A device that does not thrash must not be paused within this time. */
  private static final Duration WATCHED = Duration.ofSeconds(15);

  @RegisterExtension final Scratch scratch = new Scratch();

  private final Recorder recorder = new Recorder();

  @Test
  void deviceWithADirectIoReaderIsPaused() throws Exception {
    Path image = scratch.file("image");
    LoopFixture loop = attachFilesystem(image);
    Path data = DataFiles.writeClean(scratch.directory().resolve("mnt/data"), DATA_MIB);
    start();
    readAtRandom(data, StandardOpenOption.READ, ExtendedOpenOption.DIRECT);

    Recorder.await(MAX_TIME, "paused", () -> stateOf(loop) == DeviceState.PAUSED);

    assertThat(report(loop).reason().words()).contains("were read back again");
    Recorder.await(
        MAX_TIME,
        "the lower cache is back",
        () -> DataFiles.residentBytes(image) > DATA_MIB * MIB * 9 / 10);
  }

  @Test
  void lowerCacheOfABufferedReaderIsEvicted() throws Exception {
    Path image = scratch.file("image");
    LoopFixture loop = attachFilesystem(image);
    Path data = DataFiles.writeClean(scratch.directory().resolve("mnt/data"), DATA_MIB);
    DataFiles.evict(data);
    DataFiles.evict(image);
    start();
    readInOrder(data);

    long start = System.nanoTime();
    Recorder.await( // on a busy host the reader is slower
        WATCHED.plus(MAX_TIME),
        "half of the file is released",
        () -> {
          assertThat(stateOf(loop)).isNotEqualTo(DeviceState.PAUSED);
          return System.nanoTime() - start > WATCHED.toNanos()
              && report(loop).totals().releasedBytes() > DATA_MIB * MIB / 2;
        });
    Recorder.await( // it grows between two sweeps
        MAX_TIME, "little is left", () -> DataFiles.residentBytes(image) < 64 * MIB);
    assertThat(stateOf(loop)).isNotEqualTo(DeviceState.PAUSED);
  }

  @Test
  void devicesOverOneImageAreManagedAsOne() throws Exception {
    Path image = DataFiles.writeClean(scratch.file("image"), 64);
    LoopFixture first = scratch.attach(image, "--read-only");
    LoopFixture second = scratch.attach(image, "--read-only");
    start();

    Recorder.await(
        MAX_TIME,
        "one is swept for both",
        () -> stateOf(first) == DeviceState.SHARED || stateOf(second) == DeviceState.SHARED);

    assertThat(List.of(stateOf(first), stateOf(second))).contains(DeviceState.SHARED);
    assertThat(stateOf(first)).isNotEqualTo(stateOf(second));
  }

  @Test
  void hotDirtyPagesAreNotEvictedWithoutPressure() throws Exception {
    Path image = DataFiles.writeClean(scratch.file("image"), DATA_MIB);
    DataFiles.evict(image);
    LoopFixture loop = scratch.attach(image);
    Commands.run("dd", "if=/dev/zero", "of=" + loop.node(), "oflag=direct", "bs=1M", "count=64");

    start(); // the first measurement knows of no earlier writes
    for (int write = 0; write < 20; write++) {
      Commands.run("dd", "if=/dev/zero", "of=" + loop.node(), "oflag=direct", "bs=1M", "count=64");
      Thread.sleep(100);
    }

    assertThat(recorder.sweeps)
        .filteredOn(sweep -> sweep.device().equals(loop.name()))
        .extracting(sweep -> sweep.reason().code())
        .contains(Reason.Code.SPARED);
    assertThat(DataFiles.residentBytes(image)).isGreaterThanOrEqualTo(48 * MIB);
  }

  private LoopFixture attachFilesystem(Path image) throws IOException {
    DataFiles.sparse(image, 2 * DATA_MIB);
    Commands.run("mkfs.ext4", "-q", image);
    LoopFixture loop = scratch.attach(image);
    scratch.mount("mnt", loop.node());
    return loop;
  }

  /** Starts the engine with a budget of 32 MiB. */
  private void start() {
    Engine engine =
        new Engine(
            new RealHost().forEngine(),
            RealHost.settings(
                scratch.directory(),
                "budget.relaxed=32MiB",
                "budget.pressed=32MiB",
                "interval.max=2s"),
            List.of(recorder));
    EngineLoop loop = new EngineLoop(engine);
    scratch.later(() -> assertThat(loop.stop(Duration.ofSeconds(5))).isTrue());
    loop.start();
  }

  /** Reads random blocks until the test ends. */
  private void readAtRandom(Path file, OpenOption... how) {
    SplittableRandom random = new SplittableRandom(1);
    read(file, number -> random.nextLong(BLOCKS), Duration.ZERO, how);
  }

  /**
   * Reads the file in order at 16 MiB/s. In random order the read-ahead of the lower layer would
   * often be evicted before it is used.
   */
  private void readInOrder(Path file) {
    read(file, number -> number % BLOCKS, Duration.ofMillis(4), StandardOpenOption.READ);
  }

  /** Reads blocks until the test ends. */
  private void read(Path file, LongUnaryOperator blockOf, Duration pause, OpenOption... how) {
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Void> reader =
        CompletableFuture.runAsync(() -> read(file, blockOf, pause, stop, how));
    scratch.later(
        () -> {
          stop.set(true);
          reader.get();
        });
  }

  private static void read(
      Path file, LongUnaryOperator blockOf, Duration pause, AtomicBoolean stop, OpenOption... how) {
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES + 4096).alignedSlice(4096);
    try (FileChannel channel = FileChannel.open(file, how)) {
      for (long number = 0; !stop.get(); number++) {
        channel.read(block.clear().limit(BLOCK_BYTES), blockOf.applyAsLong(number) * BLOCK_BYTES);
        LockSupport.parkNanos(pause.toNanos());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private DeviceState stateOf(LoopFixture loop) {
    return recorder.report(loop.name()).map(DeviceReport::state).orElse(DeviceState.NEW);
  }

  private DeviceReport report(LoopFixture loop) {
    return recorder.report(loop.name()).orElseThrow();
  }
}
