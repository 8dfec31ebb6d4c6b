package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.Clock;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.LinuxKernel;
import io.fadvised.linux.OpenFile;
import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Eviction;
import io.fadvised.pagecache.Evictor;
import io.fadvised.pagecache.Measurement;
import io.fadvised.pagecache.MeasuringMemory;
import io.fadvised.pagecache.Region;
import io.fadvised.pagecache.Residency;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests the time and the error of measurements of large files. The time is that of the processor,
 * as in the daemon, since other programs on a busy host lengthen any other.
 */
@Requires(programs = {"mkfs.ext4", "mkfs.xfs", "mkfs.btrfs", "dd"})
@Timeout(240)
class MeasuringIT {
  private static final long GIB = 1024 * MIB;
  private static final long TIB = 1024 * GIB;

  private static final Duration TIME = Duration.ofMillis(20);

  /** The project's limit for mincore alone. */
  private static final Duration LONG_TIME = Duration.ofMillis(140);

  private static final int MEASUREMENTS = 9;

  /** Each error holds with a probability of 95 %; four misses in nine occur once in 1,500 runs. */
  private static final int MIN_HELD = 6;

  @RegisterExtension final Scratch scratch = new Scratch();

  private final Clock clock = Clock.system();
  private final LinuxKernel real = new LinuxKernel();
  private final MeasuringMemory memory = new MeasuringMemory(1);

  /**
   * The results of several measurements.
   *
   * @param minMillis the shortest processor time, including the regions
   * @param held the number of measurements whose error included the true value
   * @param best the measurement with the smallest error
   */
  private record Results(double minMillis, int held, Residency best) {}

  @Test
  void gibibyteInOnePieceOfATebibyteIsCountedByCachestatIn20Ms() throws Exception {
    Path file = tebibyteWithOnePiece();
    long before = exact(file);
    assertThat(DataFiles.residentBytes(file)).isBetween(exact(file), before); // by fincore(1)

    Results results = number(file, new LinuxKernel(), "cachestat", TIME);

    assertThat(results.minMillis()).isLessThanOrEqualTo(20);
    assertThat(results.held()).isEqualTo(MEASUREMENTS);
    assertThat(results.best().isExact()).isTrue();
  }

  @Test
  void mincoreEstimatesIn20MsOrIn150MsWithASmallerError() throws Exception {
    Path file = tebibyteWithOnePiece();

    Results results = number(file, OlderKernel.withoutCachestat(), "mincore", TIME);
    Results longer = number(file, OlderKernel.withoutCachestat(), "mincore", LONG_TIME);

    assertThat(results.minMillis()).isLessThanOrEqualTo(25);
    assertThat(results.held()).isGreaterThanOrEqualTo(MIN_HELD);
    assertThat(longer.minMillis()).isLessThanOrEqualTo(150);
    assertThat(longer.held()).isGreaterThanOrEqualTo(MIN_HELD);
    assertThat(longer.best().errorBytes()).isLessThan(results.best().errorBytes());
  }

  @Test
  void scatteredGibibyteIsEstimatedWithinItsError() throws Exception {
    Path file = tebibyteWithSinglePages();
    assertThat(exact(file)).isGreaterThan(GIB / 2);

    Results byCachestat = number(file, new LinuxKernel(), "cachestat", TIME);
    Results byMincore = number(file, OlderKernel.withoutCachestat(), "mincore", TIME);
    Results longer = number(file, OlderKernel.withoutCachestat(), "mincore", LONG_TIME);

    assertThat(byCachestat.minMillis()).isLessThanOrEqualTo(45); // 20 to count, 20 to locate
    assertThat(byMincore.minMillis()).isLessThanOrEqualTo(25);
    assertThat(longer.minMillis()).isLessThanOrEqualTo(150);
    assertThat(List.of(byCachestat.held(), byMincore.held(), longer.held()))
        .allMatch(held -> held >= MIN_HELD);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs", "btrfs"})
  void pagesCachedOverHolesAreCounted(String filesystem) throws Exception {
    Path file = DataFiles.sparse(scratch.filesystem(filesystem).resolve("data"), 64 * 1024);
    DataFiles.writeZeros(file, 100, 200);
    Commands.run("sync", file);
    read(file, 30 * 1024, 600); // a hole

    Results results = number(file, OlderKernel.withoutCachestat(), "mincore", LONG_TIME);

    assertThat(results.held()).isGreaterThanOrEqualTo(MIN_HELD);
    assertThat(results.best().unmeasuredBytes()).isBetween(50 * GIB, 64 * GIB - 200 * MIB);
    assertThat(results.best().residentBytes()).isBetween(300 * MIB, 1500 * MIB);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs", "btrfs"})
  void scatteredRunsAreEvictedCompletely(String filesystem) throws Exception {
    Path file = scratch.filesystem(filesystem).resolve("data");
    DataFiles.writeClean(file, 130);
    Commands.run("truncate", "--size=" + (130 * MIB - 12345), file);
    Commands.run("sync", file);
    DataFiles.evict(file);
    read(file, 1, 3);
    read(file, 20, 1);
    Commands.run("dd", "if=" + file, "of=/dev/null", "bs=4096", "skip=10000", "count=1");
    Commands.run("dd", "if=" + file, "of=/dev/null", "bs=1M", "skip=129");
    assertThat(DataFiles.residentBytes(file)).isGreaterThanOrEqualTo(4 * MIB);

    Eviction eviction = evict(file, OlderKernel.withoutCachestat());

    assertThat(DataFiles.residentBytes(file)).isZero();
    assertThat(eviction.adviceCalls()).as("one for each window").isEqualTo(2);
    assertThat(eviction.releasedBytes()).isEqualTo(eviction.before().residentBytes());
  }

  private Eviction evict(Path file, Kernel kernel) throws Exception {
    try (OpenFile open = open(kernel, file)) {
      ByteRange range = wholePages(kernel, open);
      Measurement measured = measure(kernel, open, range, Measurement.UNLIMITED);
      return new Evictor(
              kernel,
              pause -> Thread.sleep(pause.toMillis()),
              System::nanoTime,
              (bytes, took) -> Duration.ofMillis(1))
          .evict(
              open,
              measured,
              Region.ranges(measured.regions()),
              range,
              Measurement.UNLIMITED,
              () -> true);
    }
  }

  /** Measures and locates several times. */
  private Results number(Path file, Kernel kernel, String probeName, Duration time)
      throws Exception {
    Results results = new Results(Double.MAX_VALUE, 0, Residency.NONE);
    try (OpenFile open = open(kernel, file)) {
      ByteRange range = wholePages(kernel, open);
      for (int i = 0; i < MEASUREMENTS; i++) {
        long before = exact(file);
        long start = clock.processorNanos();
        Measurement measured = measure(kernel, open, range, time);
        int regions = measured.regions().size();
        double millis = (clock.processorNanos() - start) / 1e6;
        assertThat(measured.probe()).isEqualTo(probeName);
        Residency residency = measured.total();
        long after = exact(file); // reclaim may take pages meanwhile
        boolean held =
            residency.residentBytes() - residency.errorBytes() <= Math.max(before, after)
                && residency.residentBytes() + residency.errorBytes() >= Math.min(before, after);
        results = best(results, i, millis, held, residency);
        print(probeName, time, millis, residency, held, after, regions);
      }
    }
    return results;
  }

  private Measurement measure(Kernel kernel, OpenFile open, ByteRange range, Duration slice)
      throws Exception {
    return Measurement.of(
        kernel, open, kernel.stat(open), range, memory, slice, clock::processorNanos);
  }

  private static Results best(
      Results results, int number, double millis, boolean held, Residency residency) {
    boolean better = number == 0 || residency.errorBytes() < results.best().errorBytes();
    return new Results(
        Math.min(results.minMillis(), millis),
        results.held() + (held ? 1 : 0),
        better ? residency : results.best());
  }

  private static void print(
      String probe,
      Duration time,
      double millis,
      Residency residency,
      boolean held,
      long truth,
      int regions) {
    System.out.printf(
        "%s, %d ms allowed: %.1f ms, %.1f MiB resident, error %.1f MiB%s, in truth %.1f MiB, %d"
            + " regions%n",
        probe,
        time.toMillis(),
        millis,
        residency.residentBytes() / (double) MIB,
        residency.errorBytes() / (double) MIB,
        held ? "" : " (does not hold)",
        truth / (double) MIB,
        regions);
  }

  /** Counts with one cachestat(2) over the whole file. */
  private long exact(Path file) throws IOException {
    try (OpenFile open = open(real, file)) {
      return real.cacheStat(open, 0, 0).residentPages() * real.pageBytes();
    }
  }

  private Path tebibyteWithOnePiece() {
    Path file = DataFiles.sparse(scratch.file("data"), TIB / MIB);
    DataFiles.writeZeros(file, 100 * 1024, 1024);
    Commands.run("sync", file);
    return file;
  }

  /** Reads holes, which makes pages resident without disk I/O. */
  private Path tebibyteWithSinglePages() throws IOException {
    Path file = DataFiles.sparse(scratch.file("data"), TIB / MIB);
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer page = ByteBuffer.allocateDirect(4096);
      for (long offset = 0; offset < TIB; offset += 4 * MIB) {
        channel.read(page.clear(), offset + offset / 4 / MIB % 1024 * 4096);
      }
    }
    return file;
  }

  private static void read(Path file, long atMebibyte, int mebibytes) {
    Commands.run(
        "dd", "if=" + file, "of=/dev/null", "bs=1M", "skip=" + atMebibyte, "count=" + mebibytes);
  }

  private static ByteRange wholePages(Kernel kernel, OpenFile open) throws IOException {
    return ByteRange.ofFile(kernel.stat(open).sizeBytes()).alignedOutwards(kernel.pageBytes());
  }

  private static OpenFile open(Kernel kernel, Path file) throws IOException {
    try (OpenFile located = kernel.locate(file.toString().getBytes(UTF_8))) {
      return kernel.openLocated(located);
    }
  }
}
