package io.fadvised.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.EngineListener;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.policy.Pressure.Source;
import io.fadvised.simulation.Program.Hours;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The lower cache is evicted before free memory runs out, and stays while memory is ample. */
class FillingHostTest {
  private static final long GIB = 1L << 30;
  private static final long MIB = 1L << 20;

  /** Time after which an idle engine is quiet. */
  private static final Duration CALM = Duration.ofSeconds(30);

  /** Records the highest level of {@link Source#FILL}. */
  private static final class FillWatch implements EngineListener {
    private double max;

    @Override
    public void ticked(EngineSnapshot snapshot) {
      max = Math.max(max, snapshot.pressure().sources().getOrDefault(Source.FILL, 0.0));
    }
  }

  private static void use(SimulatedHost host, long bytes, long moreBytes, Hours hours) {
    host.machine().demand(new Machine.Demand(bytes, moreBytes, hours));
  }

  private static Program start(
      SimulatedHost host, int threads, double pauseMicros, double atSeconds, Program.Step step) {
    Hardware hardware = host.machine().hardware();
    Hours hours = Hours.of(atSeconds, 1e6, 1e6);
    Program program =
        new Program(hardware, "", threads, Math.round(pauseMicros * 1e3), hours, step);
    host.machine().start(program);
    return program;
  }

  private static double microsPerBlock(long bytesPerSecond) {
    return Hardware.BLOCK_BYTES * 1e6 / bytesPerSecond;
  }

  private static SimulatedHost coldHost() {
    SimulatedHost host = new SimulatedHost(new Hardware(2, 3480 * MIB, 64 << 10));
    use(host, 150 * MIB, 0, Hours.ALWAYS);
    return host;
  }

  /** Starts random reads of 3.0 GiB by two threads, as in the row "cold" of the benchmark. */
  private static Program readCold(SimulatedHost host, double atSeconds) {
    Hardware hardware = host.machine().hardware();
    SimulatedLoop loop = host.attach(host.machine().file(8 * GIB));
    Storage storage = Storage.buffered(host.machine(), loop);
    SplittableRandom random = new SplittableRandom(1);
    return start(host, 2, 0, atSeconds, Program.random(storage, hardware, random, 3 * GIB, 1, 1));
  }

  /** The engine may be anywhere in its quiet tick when the reads begin. */
  @ParameterizedTest
  @ValueSource(doubles = {30, 31.3, 32.6, 33.9})
  void coldStartIsAsFastAsWithALoopThatEvictsEachSecond(double atSeconds) {
    SimulatedHost host = coldHost();
    Program reader = readCold(host, atSeconds);
    Daemon.fadvised(host).run(host, Duration.ofMillis((long) (1e3 * atSeconds)).plusSeconds(25));

    SimulatedHost other = coldHost();
    Program otherReader = readCold(other, atSeconds);
    Duration whole = Duration.ofSeconds(host.nowNanos() / 1_000_000_000);
    Daemon.advisingEvery(Duration.ofSeconds(1)).run(other, whole);
    other.advance(host.nowNanos() - other.nowNanos());

    assertThat((double) reader.doneBytes() / otherReader.doneBytes()).isGreaterThan(0.97);
  }

  @ParameterizedTest
  @CsvSource({
    "20, true",
    "100, true",
    "300, true",
    "1000, true",
    "20, false",
    "100, false",
    "1000, false"
  })
  void lowerCacheIsEvictedWhenTheKernelBeginsToReclaim(long megabytesPerSecond, boolean hasPsi) {
    SimulatedHost host =
        new SimulatedHost(
            Hardware.of(4, 8 * GIB), hasPsi ? KernelFeatures.NEW : KernelFeatures.WITHOUT_PSI);
    use(host, GIB, 0, Hours.ALWAYS);
    CachedFile lower = readIdle(host, 3 * GIB / 2);
    host.advance(Duration.ofSeconds(5)); // programs take their memory
    Daemon.Fadvised daemon = Daemon.fadvised(host);
    daemon.run(host, CALM);
    assertThat(lower.residentBytes()).as("before").isGreaterThan(GIB);
    CachedFile file = host.machine().file(16 * GIB);
    start(
        host,
        1,
        microsPerBlock(megabytesPerSecond * 1_000_000),
        0,
        Program.stream(
            Storage.plain(host.machine(), file), host.machine().hardware(), 16 * GIB, false));
    long[] atReclaim = {-1};
    start(host, 1, 0, 0, () -> watchReclaim(host, lower, atReclaim));

    for (int second = 0; second < 400 && atReclaim[0] < 0; second++) {
      daemon.run(host, Duration.ofSeconds(1));
    }

    assertThat(atReclaim[0]).isBetween(0L, 82 * MIB); // budget.pressed
  }

  /** Attaches a file and reads it once. */
  private static CachedFile readIdle(SimulatedHost host, long bytes) {
    SimulatedLoop loop = host.attach(host.machine().file(4 * GIB));
    for (long chunk = 0; chunk < bytes / host.machine().hardware().chunkBytes(); chunk++) {
      Storage.buffered(host.machine(), loop).read(chunk, true);
    }
    return loop.lower();
  }

  private static long watchReclaim(SimulatedHost host, CachedFile lower, long[] atReclaim) {
    if (atReclaim[0] < 0 && host.machine().cache().counters().scannedPages() > 0) {
      atReclaim[0] = lower.residentBytes();
    }
    return Machine.SLICE_NANOS;
  }

  /** A stream fills the page cache; programs come and go, and leave 256 MiB free each time. */
  @Test
  void hostWithAFullPageCacheDoesNotCountAsFilling() {
    SimulatedHost host = new SimulatedHost(Hardware.of(8, 16 * GIB));
    use(host, 4 * GIB, 256 * MIB, Hours.of(0, 2, 1));
    readIdle(host, GIB);
    CachedFile file = host.machine().file(40 * GIB);
    Storage plain = Storage.plain(host.machine(), file);
    Program.Step stream = Program.stream(plain, host.machine().hardware(), 40 * GIB, false);
    start(host, 1, microsPerBlock(300_000_000), 0, stream);
    host.advance(Duration.ofSeconds(90));
    assertThat(host.machine().cache().freeBytes()).isLessThan(400 * MIB);
    FillWatch watch = new FillWatch();

    new Daemon.Fadvised(host, Daemon.settings(), List.of(watch)).run(host, Duration.ofMinutes(2));

    assertThat(watch.max).isZero();
  }

  @Test
  void nothingIsEvictedWhereMemoryFillsSlowly() {
    SimulatedHost host = new SimulatedHost(Hardware.of(8, 32 * GIB));
    use(host, 4 * GIB, 0, Hours.ALWAYS);
    SimulatedLoop loop = host.attach(host.machine().file(8 * GIB));
    Storage storage = Storage.buffered(host.machine(), loop);
    Program.Step stream = Program.stream(storage, host.machine().hardware(), 8 * GIB, false);
    start(host, 1, microsPerBlock(50_000_000), 0, stream);

    Daemon.fadvised(host).run(host, Duration.ofMinutes(2));

    assertThat(loop.lower().residentBytes()).isGreaterThan(5 * GIB);
    assertThat(host.kernel().calls()).doesNotContainKey("posix_fadvise");
  }
}
