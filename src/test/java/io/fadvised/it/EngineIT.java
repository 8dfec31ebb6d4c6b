package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.config.Settings;
import io.fadvised.engine.DeviceState;
import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineLoop;
import io.fadvised.loop.LoopWatcher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The engine and the watcher on their threads, with devices of the test. */
@Requires(programs = {"mkfs.ext4", "fsck.ext4", "python3"})
@Timeout(300)
class EngineIT {
  private static final Duration ONE_SECOND = Duration.ofSeconds(1);

  /** For what a test needs before it tests anything. */
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private static final long BUDGET_BYTES = 128 * MIB;
  private static final int READ_MIB_PER_SECOND = 100;
  private static final int WRITTEN_MIB_PER_SECOND = 10;

  /**
   * Between measurements the lower cache exceeds its budget. In ten runs on two busy cores the
   * highest sample was 125 to 158 MiB; without an engine, 355 to 631 MiB. The bound lies between.
   */
  private static final long TOLERANCE_BYTES = 64 * MIB;

  /**
   * At an interval of 100 ms and with requested scans, 12 to 26 ticks a second were counted, and 60
   * or more if an unreadable device was retried at once.
   */
  private static final double MAX_TICKS_PER_SECOND = 40;

  @RegisterExtension final Scratch scratch = new Scratch();

  private final Recorder recorder = new Recorder();

  @Test
  void attachAndDetachAreReportedWithinASecond() throws Exception {
    start("interval.min=1m", "interval.max=1m");
    LoopFixture loop = scratch.reserve();
    Path image = DataFiles.writeClean(scratch.file("image"), 4);

    loop.attachAgain(image);
    Recorder.await(ONE_SECOND, "attach noticed", () -> recorder.appeared.contains(loop.name()));
    Recorder.await(ONE_SECOND, "swept at once", () -> recorder.sweepsOf(loop.name()) == 1);

    loop.detach();
    Recorder.await(ONE_SECOND, "detach noticed", () -> recorder.disappeared.contains(loop.name()));
    assertThat(recorder.problems).isEmpty();
  }

  @Test
  void deviceWithAnotherFileIsReportedAsANewDevice() throws Exception {
    start("interval.min=1m", "interval.max=1m");
    LoopFixture loop = scratch.reserve();
    Path first = DataFiles.writeClean(scratch.file("first"), 4);
    Path second = DataFiles.writeClean(scratch.file("second"), 4);

    loop.attachAgain(first);
    Recorder.await(ONE_SECOND, "first", () -> pathOf(loop).equals(first.toString()));
    loop.detach();
    loop.attachAgain(second);

    Recorder.await(ONE_SECOND, "second", () -> pathOf(loop).equals(second.toString()));
    assertThat(recorder.disappeared).contains(loop.name());
  }

  @Test
  void renamedBackingFileIsSweptAtTheUsualRate() throws Exception {
    LoopFixture loop = scratch.attach(DataFiles.writeClean(scratch.file("image"), 64));
    startSweepingBusy(loop);
    Path moved = Files.move(scratch.file("image"), scratch.file("moved"));

    assertSweptAtTheUsualRate(loop, moved.toString());
  }

  @Test
  void deletedBackingFileIsSweptAtTheUsualRate() throws Exception {
    Path image = scratch.filesystem("ext4").resolve("image");
    LoopFixture loop = scratch.attach(DataFiles.writeClean(image, 64));
    startSweepingBusy(loop);
    Files.delete(image);

    assertSweptAtTheUsualRate(loop, image + " (deleted)");
  }

  @Test
  void backingPathOverPathMaxDoesNotKeepTheEngineBusy() throws Exception {
    Path directory = scratch.directory("half");
    LoopFixture loop =
        scratch.attach(DataFiles.writeClean(deepDirectory(directory).resolve("image"), 64));
    startSweepingBusy(loop);
    Files.move(
        directory,
        deepDirectory(scratch.directory("other")).resolve("half")); // longer than PATH_MAX
    Recorder.await(TIMEOUT, "a problem", () -> !recorder.problems.isEmpty());

    assertThat(recorder.problems.get(0)).startsWith(loop.name() + ": cannot read its sysfs entry");
    assertThat(ratesOf(loop).ticks()).as("ticks a second").isBetween(2.0, MAX_TICKS_PER_SECOND);
  }

  @Test
  @Requires(files = NarrowMemory.RESERVED, alone = true)
  void daemonKeepsTheLowerCacheWithinItsBudgetUnderPressure() throws Exception {
    Path image = DataFiles.sparse(scratch.file("image"), 2560);
    Commands.run("mkfs.ext4", "-q", image);
    LoopFixture loop = scratch.attach(image);
    Path mount = scratch.mount("mnt", loop.node());
    Load load = new Load(mount.resolve("data"), 2048); // more than available memory
    NarrowMemory.leave(1792 * MIB, scratch);
    DataFiles.evict(mount.resolve("data"));
    DataFiles.evict(image);

    CompletableFuture<Void> running =
        load.start(scratch, READ_MIB_PER_SECOND, WRITTEN_MIB_PER_SECOND);
    Recorder.await(
        Duration.ofSeconds(30),
        "twice the budget without a daemon",
        () -> DataFiles.residentBytes(image) > 2 * BUDGET_BYTES);
    long without = highestWithin(image, Duration.ofSeconds(2));
    PackagedDaemon daemon =
        PackagedDaemon.forDevicesOf(
            scratch,
            "log.level=debug",
            "interval.min=200ms",
            "interval.max=1s",
            "budget.relaxed=" + BUDGET_BYTES / MIB + "MiB",
            "budget.pressed=" + BUDGET_BYTES / MIB + "MiB");
    Recorder.await(
        Duration.ofSeconds(30),
        "the first eviction",
        () -> DataFiles.residentBytes(image) < BUDGET_BYTES);
    long with = highestWithin(image, Duration.ofSeconds(8));

    System.out.printf(
        "lower cache of a reader of %d MiB/s: at most %d MiB without, %d MiB with a budget of %d%n",
        READ_MIB_PER_SECOND, without / MIB, with / MIB, BUDGET_BYTES / MIB);
    assertThat(without).isGreaterThan(2 * BUDGET_BYTES);
    assertThat(with)
        .as("log of the daemon:\n%s", daemon.log())
        .isLessThanOrEqualTo(BUDGET_BYTES + TOLERANCE_BYTES);
    assertThat(releasedBytes(daemon, loop)).isGreaterThan(BUDGET_BYTES);
    load.stop();
    running.get();
    load.checkAll();
    scratch.unmount(mount);
    Commands.run("fsck.ext4", "-fn", image);
  }

  @Test
  void unmountDetachAndDeleteDoNotWaitForTheEngine() throws Exception {
    Path outer = scratch.filesystem("ext4");
    AtomicLong sweeping = sweepWithoutPause();

    for (int round = 0; round < 10; round++) {
      Path image = DataFiles.sparse(outer.resolve("image" + round), 64);
      Commands.run("mkfs.ext4", "-q", image);
      LoopFixture loop = scratch.attach(image);
      Path mount = scratch.mount("mnt" + round, loop.node());
      DataFiles.write(mount.resolve("data"), 32);
      long before = recorder.sweepsOf(loop.name());
      Recorder.await(TIMEOUT, "sweeps", () -> recorder.sweepsOf(loop.name()) > before + 3);

      Commands.run("umount", mount);
      loop.detach();
      Recorder.await(ONE_SECOND, "detached", () -> !Files.exists(sysfs(loop)));
      Commands.run("fsck.ext4", "-fn", image);
      long free = outer.toFile().getUsableSpace();
      Files.delete(image);
      Recorder.await(ONE_SECOND, "freed", () -> outer.toFile().getUsableSpace() > free + 16 * MIB);
    }
    assertThat(sweeping.get()).as("ticks").isGreaterThan(30);
    Recorder.await(ONE_SECOND, "unmounted", () -> Commands.attempt("umount", outer).status() == 0);
  }

  /** Returns the released bytes that the daemon reports for its only device. */
  private static long releasedBytes(PackagedDaemon daemon, LoopFixture loop) {
    String json = daemon.ask("status", "--json").output();
    Matcher released =
        Pattern.compile("\"device\": \"" + loop.name() + "\"[^}]*\"releasedBytes\": (\\d+)")
            .matcher(json);
    assertThat(released.find()).as(json).isTrue();
    return Long.parseLong(released.group(1));
  }

  private void startSweepingBusy(LoopFixture loop) throws Exception {
    start("interval.min=100ms", "interval.max=100ms", "budget.relaxed=0", "budget.pressed=0");
    keepBusy(loop);
    Recorder.await(TIMEOUT, "sweeps", () -> recorder.sweepsOf(loop.name()) > 3);
  }

  private void assertSweptAtTheUsualRate(LoopFixture loop, String path) throws Exception {
    Recorder.await(Duration.ofSeconds(3), "the new path", () -> pathOf(loop).equals(path));
    Rates rates = ratesOf(loop);
    assertThat(rates.ticks()).as("ticks a second").isBetween(2.0, MAX_TICKS_PER_SECOND);
    assertThat(rates.sweeps()).as("sweeps a second").isBetween(2.0, 12.0);
    assertThat(recorder.report(loop.name()).orElseThrow().state())
        .isIn(
            DeviceState.MANAGED,
            DeviceState.IDLE,
            DeviceState.PAUSED); // its reader has no upper cache
    assertThat(recorder.problems).isEmpty();
  }

  /** Numbers a second. */
  private record Rates(double ticks, double sweeps) {}

  /** Counts for a second, or longer on a busy host. */
  private Rates ratesOf(LoopFixture loop) throws InterruptedException {
    long start = System.nanoTime();
    long ticks = recorder.ticks.get();
    long sweeps = recorder.sweepsOf(loop.name());
    Thread.sleep(1000);
    ticks = recorder.ticks.get() - ticks;
    sweeps = recorder.sweepsOf(loop.name()) - sweeps;
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Rates(ticks / seconds, sweeps / seconds);
  }

  /** Creates nested directories, down to a path of some 2,500 characters. */
  private static Path deepDirectory(Path directory) throws IOException {
    Path deepest = directory;
    for (int i = 0; i < 10; i++) {
      deepest = deepest.resolve("d".repeat(240));
    }
    return Files.createDirectories(deepest);
  }

  /** Reads from a device until the test ends, so that it is not idle. */
  private void keepBusy(LoopFixture loop) {
    AtomicBoolean stop = new AtomicBoolean();
    Thread reader =
        new Thread(
            () -> {
              while (!stop.get()) {
                Commands.run("dd", "if=" + loop.node(), "of=/dev/null", "bs=4M", "iflag=direct");
              }
            });
    reader.start();
    scratch.later(
        () -> {
          stop.set(true);
          reader.join();
        });
  }

  /** Starts engine and watcher; both end with the test. */
  private void start(String... sets) {
    Settings settings = RealHost.settings(scratch.directory(), sets);
    Engine engine = new Engine(new RealHost().forEngine(), settings, List.of(recorder));
    EngineLoop loop = new EngineLoop(engine);
    LoopWatcher watcher =
        new LoopWatcher(loop::devicesChanged, loop::requestRescan, recorder.problems::add);
    scratch.later(() -> assertThat(loop.stop(Duration.ofSeconds(5))).isTrue());
    scratch.later(watcher::stop);
    loop.start();
    watcher.start();
  }

  /** Makes an engine sweep all devices without pause, and counts the ticks. */
  private AtomicLong sweepWithoutPause() {
    Settings settings =
        RealHost.settings(scratch.directory(), "budget.relaxed=0", "budget.pressed=0");
    Engine engine = new Engine(new RealHost().forEngine(), settings, List.of(recorder));
    LoopWatcher watcher =
        new LoopWatcher(engine::devicesChanged, engine::requestRescan, recorder.problems::add);
    scratch.later(watcher::stop);
    watcher.start();
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                while (!stop.get()) {
                  engine.makeAllDue();
                  engine.tick();
                }
                ended.complete(null);
              } catch (InterruptedException | RuntimeException e) {
                ended.completeExceptionally(e);
              }
            });
    thread.start();
    scratch.later(
        () -> {
          stop.set(true);
          ended.get();
        });
    return recorder.ticks;
  }

  /** Returns the maximum residency of the image during a time. */
  private static long highestWithin(Path image, Duration time) throws InterruptedException {
    long highest = 0;
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() - end < 0) {
      highest = Math.max(highest, DataFiles.residentBytes(image));
      Thread.sleep(50);
    }
    return highest;
  }

  private String pathOf(LoopFixture loop) {
    return recorder
        .report(loop.name())
        .map(report -> report.device().backingPath().text())
        .orElse("");
  }

  private static Path sysfs(LoopFixture loop) {
    return Path.of("/sys/block", loop.name(), "loop");
  }
}
