package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Compares the latency of fsync(2) and of reads from disk with and without sweeps, on the
 * filesystem of the loop device and on that of its backing file. Short phases alternate, so that
 * other load affects both alike.
 */
@Requires(programs = "mkfs.ext4")
@Timeout(60)
class LatencyIT {
  private static final int PAIRS = 15;

  /**
   * Bounds the ratio of two successive phases, for their medians and for their means; the median of
   * all pairs counts. Means include long stalls. A quantile near 0.9 would be unstable, because a
   * tenth of the calls coincides with a sweep.
   */
  private static final double MAX_RATIO = 2;

  /** In all phases together. Each sweep measures, evicts and measures again. */
  private static final long MIN_SWEEPS = 10 * PAIRS;

  private static final Duration PHASE = Duration.ofMillis(300);
  private static final int BLOCK_BYTES = 4096;
  private static final int DATA_MIB = 64;

  @RegisterExtension final Scratch scratch = new Scratch();

  private final SplittableRandom random = new SplittableRandom(1);

  @Test
  void fsyncAndReadsAreHardlySlowerDuringSweeps() throws Exception {
    Path image = DataFiles.sparse(scratch.file("image"), 512);
    Commands.run("mkfs.ext4", "-q", image);
    LoopFixture loop = scratch.attach(image);
    Path mount = scratch.mount("mnt", loop.node());
    Load load = new Load(mount.resolve("load"), 128);
    List<Probe> probes = new ArrayList<>();
    for (Path directory : List.of(mount, scratch.directory("below"))) {
      Path file = DataFiles.writeClean(directory.resolve("data"), DATA_MIB);
      probes.add(new Probe("fsync in " + directory.getFileName(), () -> sync(file)));
      probes.add(new Probe("read in " + directory.getFileName(), () -> readDirectly(file)));
    }
    Bystander bystander = Bystander.sweepWithoutPause(scratch);
    CompletableFuture<Void> running = load.start(scratch, 20, 10);

    for (int phase = 0; phase < 2 * PAIRS; phase++) {
      boolean paused = phase % 2 == 0;
      bystander.pause(paused);
      probes.forEach(Probe::startPhase);
      long before = bystander.recorder.sweepsOf(loop.name());
      long end = System.nanoTime() + PHASE.toNanos();
      while (System.nanoTime() - end < 0) {
        for (Probe probe : probes) {
          probe.take();
        }
      }
      if (paused) {
        assertThat(bystander.recorder.sweepsOf(loop.name())).as("sweeps").isEqualTo(before);
      }
    }
    load.stop();
    running.get();

    probes.forEach(System.out::println);
    assertThat(bystander.recorder.sweepsOf(loop.name())).as("sweeps").isGreaterThan(MIN_SWEEPS);
    assertThat(bystander.report(loop).totals().releasedBytes()).isGreaterThan(16 * MIB);
    assertThat(probes).allMatch(Probe::isHardlySlower);
  }

  private void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(BLOCK_BYTES), anyBlock());
      channel.force(false);
    }
  }

  private void readDirectly(Path file) throws IOException {
    ByteBuffer block = ByteBuffer.allocateDirect(2 * BLOCK_BYTES).alignedSlice(BLOCK_BYTES);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, ExtendedOpenOption.DIRECT)) {
      channel.read(block.limit(BLOCK_BYTES), anyBlock());
    }
  }

  private long anyBlock() {
    return random.nextLong(DATA_MIB * MIB / BLOCK_BYTES) * BLOCK_BYTES;
  }

  @FunctionalInterface
  private interface Call {
    void make() throws IOException;
  }

  /** The latencies of one kind of call. */
  private static final class Probe {
    private final String name;
    private final Call call;
    private final List<List<Long>> phases = new ArrayList<>();

    Probe(String name, Call call) {
      this.name = name;
      this.call = call;
    }

    void startPhase() {
      phases.add(new ArrayList<>());
    }

    void take() throws IOException {
      long start = System.nanoTime();
      call.make();
      phases.get(phases.size() - 1).add((System.nanoTime() - start) / 1000);
    }

    boolean isHardlySlower() {
      return ratio(Probe::median) <= MAX_RATIO && ratio(Probe::mean) <= MAX_RATIO;
    }

    /** Returns the median of the ratios of all pairs. */
    private double ratio(ToDoubleFunction<List<Long>> measure) {
      return at(
          0.5,
          IntStream.range(0, PAIRS)
              .mapToDouble(
                  pair ->
                      measure.applyAsDouble(phases.get(2 * pair + 1))
                          / measure.applyAsDouble(phases.get(2 * pair))));
    }

    private static double median(List<Long> micros) {
      return at(0.5, micros);
    }

    private static double mean(List<Long> micros) {
      return micros.stream().mapToLong(Long::longValue).average().orElseThrow();
    }

    private static double at(double part, List<Long> micros) {
      return at(part, micros.stream().mapToDouble(Long::doubleValue));
    }

    private static double at(double part, DoubleStream values) {
      double[] sorted = values.sorted().toArray();
      return sorted[(int) (part * (sorted.length - 1))];
    }

    /** Returns the latencies of every second phase. */
    private List<Long> all(int first) {
      return IntStream.range(0, PAIRS)
          .mapToObj(pair -> phases.get(2 * pair + first))
          .flatMap(List::stream)
          .toList();
    }

    @Override
    public String toString() {
      return ("%s, paused and sweeping: medians %.0f and %.0f us, ratio %.2f;"
              + " means %.0f and %.0f us, ratio %.2f; nine of ten within %.0f and %.0f us; %d calls")
          .formatted(
              name,
              median(all(0)),
              median(all(1)),
              ratio(Probe::median),
              mean(all(0)),
              mean(all(1)),
              ratio(Probe::mean),
              at(0.9, all(0)),
              at(0.9, all(1)),
              phases.stream().mapToInt(List::size).sum());
    }
  }
}
