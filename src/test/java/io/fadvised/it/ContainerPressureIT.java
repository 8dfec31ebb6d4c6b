package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.cgroup.Cgroup;
import io.fadvised.cgroup.CgroupTree;
import io.fadvised.config.Settings;
import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineLoop;
import io.fadvised.engine.Host;
import io.fadvised.policy.Explained;
import io.fadvised.policy.Pressure;
import io.fadvised.policy.Pressure.Source;
import io.fadvised.policy.PressureGauge;
import io.fadvised.pressure.PressureReader;
import io.fadvised.pressure.PressureSample;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A memory cgroup thrashes at its limit while the host has free memory. */
@Requires
@Timeout(180)
class ContainerPressureIT {
  private static final String CGROUPS = "/sys/fs/cgroup/memory";
  private static final int FILE_MIB = 256;
  private static final int LIMIT_MIB = 96;
  private static final int MANY = 300;
  private static final long MIN_REFAULTS = 5_000;
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /** Pressure of the host must stay below this. */
  private static final double CALM = 0.05;

  @RegisterExtension final Scratch scratch = new Scratch();

  @Test
  @Requires(files = {CGROUPS + "/memory.limit_in_bytes", "/proc/pressure/memory"})
  void refaultsAndStallsOfACgroupDoNotCountAsHostPressure() throws Exception {
    Path file = DataFiles.writeClean(scratch.file("data"), FILE_MIB);
    DataFiles.evict(file);
    thrash(limitedCgroup(), file);
    PressureReader reader = new PressureReader(Path.of("/proc"));
    Thread.sleep(1000);

    PressureSample before = reader.read();
    long start = System.nanoTime();
    Thread.sleep(1500);
    awaitRefaultsSince(before.cache().refaultedPages());
    PressureSample now = reader.read();
    Duration elapsed = Duration.ofNanos(System.nanoTime() - start);

    Pressure pressure =
        PressureGauge.between(before, now, elapsed, elapsed, 4096, Explained.NOTHING);
    assertThat(pressure.sources().get(Source.REFAULT)).as("refaults").isLessThan(CALM);
    assertThat(pressure.sources().get(Source.STALL)).as("stalls").isLessThan(CALM);
  }

  @Test
  @Requires(files = {CGROUPS + "/memory.limit_in_bytes"})
  void refaultsOfTheHostAreThoseOfTheCgroupAtItsLimit() throws Exception {
    Path file = DataFiles.writeClean(scratch.file("data"), FILE_MIB);
    DataFiles.evict(file);
    CgroupTree tree = new CgroupTree(Path.of("/proc"), Path.of("/sys"));
    scratch.later(tree::walk); // closes the files of the cgroup, which is gone then
    Path directory = limitedCgroup();
    thrash(directory, file);
    PressureReader reader = new PressureReader(Path.of("/proc"));
    tree.walk();
    Cgroup cgroup =
        tree.limited().stream()
            .filter(one -> one.path().endsWith(directory.getFileName().toString()))
            .findFirst()
            .orElseThrow();
    Thread.sleep(1000);

    long strikes = cgroup.strikes();
    Refaults first = refaults(reader, cgroup);
    Thread.sleep(1500);
    Recorder.await(
        TIMEOUT,
        "refaults of the cgroup",
        () -> cgroup.sample().refaultedPages() - first.ofCgroup > MIN_REFAULTS);
    Refaults last = refaults(reader, cgroup);

    assertThat(cgroup.sample().limitBytes()).isEqualTo(LIMIT_MIB * DataFiles.MIB);
    assertThat(cgroup.strikes()).isGreaterThan(strikes);
    long ofCgroup = last.ofCgroup - first.ofCgroup;
    assertThat((double) ofCgroup / (last.ofHostAfter - first.ofHostBefore)).isLessThan(1.1);
    assertThat((double) ofCgroup / (last.ofHostBefore - first.ofHostAfter)).isGreaterThan(0.9);
  }

  /** Refaults until now. Those of the host were counted before and after those of the cgroup. */
  private record Refaults(long ofHostBefore, long ofCgroup, long ofHostAfter) {}

  private static Refaults refaults(PressureReader reader, Cgroup cgroup) throws IOException {
    long before = reader.read().cache().refaultedPages();
    long ofCgroup = cgroup.sample().refaultedPages();
    return new Refaults(before, ofCgroup, reader.read().cache().refaultedPages());
  }

  /** On a host with memory to spare, budgets differ, so that pressure would evict most of it. */
  @Test
  @Requires(files = {CGROUPS + "/memory.limit_in_bytes", "/proc/pressure/memory"})
  void neighbourOfAThrashingCgroupKeepsItsLowerCache() throws Exception {
    Path image = DataFiles.writeClean(scratch.file("image"), FILE_MIB);
    LoopFixture loop = scratch.attach(image);
    Path file = DataFiles.writeClean(scratch.file("data"), FILE_MIB);
    DataFiles.evict(file);
    Recorder recorder = new Recorder();
    startEngine(recorder, "budget.relaxed=1GiB", "budget.pressed=16MiB");
    DataFiles.read(image);
    long heldBytes = DataFiles.residentBytes(image);

    thrash(limitedCgroup(), file);
    repeat("dd if=" + loop.node() + " of=/dev/null bs=64k iflag=direct");
    long refaults = refaultedPages();
    long sweeps = recorder.sweepsOf(loop.name());
    Thread.sleep(6000);
    awaitRefaultsSince(refaults);
    Recorder.await(TIMEOUT, "a sweep", () -> recorder.sweepsOf(loop.name()) > sweeps);

    assertThat(recorder.report(loop.name()).orElseThrow().totals().releasedBytes()).isZero();
    assertThat(DataFiles.residentBytes(image)).isGreaterThan(heldBytes * 97 / 100);
  }

  private void startEngine(Recorder recorder, String... sets) {
    Settings settings = RealHost.settings(scratch.directory(), sets);
    Host host = new RealHost().forEngine();
    scratch.later(host.cgroups()::walk); // closes the files of the cgroup, which is gone then
    EngineLoop engine = new EngineLoop(new Engine(host, settings, List.of(recorder)));
    scratch.later(() -> assertThat(engine.stop(Duration.ofSeconds(5))).isTrue());
    engine.start();
  }

  @Test
  @Requires(files = {CGROUPS + "/memory.limit_in_bytes"})
  void strikesOfThreeHundredCgroupsAreReadWithinAMillisecond() throws Exception {
    CgroupTree tree = new CgroupTree(Path.of("/proc"), Path.of("/sys"));
    scratch.later(tree::walk); // closes the files of the cgroups, which are gone then
    Path parent = limitedCgroup();
    for (int i = 0; i < MANY; i++) {
      Path child = Files.createDirectory(parent.resolve("c" + i));
      scratch.later(() -> Files.delete(child));
      Files.writeString(child.resolve("memory.limit_in_bytes"), Long.toString(DataFiles.MIB));
    }
    tree.walk();
    assertThat(tree.limited()).hasSizeGreaterThan(MANY);
    double walk = millis(tree::walk, 20);
    double strikes = millis(() -> readAll(tree), 200);

    assertThat(strikes).as("ms for the strikes").isLessThan(2);
    assertThat(walk).as("ms for a walk").isLessThan(100);
  }

  private static void readAll(CgroupTree tree) throws IOException {
    for (Cgroup cgroup : tree.limited()) {
      cgroup.strikes();
    }
  }

  private interface Reading {
    void run() throws IOException;
  }

  /** Returns the processor time of one of several readings, after as many to warm up. */
  private static double millis(Reading reading, int times) throws IOException {
    for (int i = 0; i < times; i++) {
      reading.run();
    }
    long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    for (int i = 0; i < times; i++) {
      reading.run();
    }
    return (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start) / 1e6 / times;
  }

  private Path limitedCgroup() throws IOException {
    Path cgroup = Path.of(CGROUPS, "fadvised-it-" + ProcessHandle.current().pid());
    Files.createDirectory(cgroup);
    scratch.later(
        () -> {
          Path processes = cgroup.resolve("cgroup.procs");
          Recorder.await(TIMEOUT, "no process", () -> Files.readString(processes).isEmpty());
          Files.delete(cgroup);
        });
    Files.writeString(
        cgroup.resolve("memory.limit_in_bytes"), Long.toString(LIMIT_MIB * DataFiles.MIB));
    return cgroup;
  }

  private static long refaultedPages() throws IOException {
    return new PressureReader(Path.of("/proc")).read().cache().refaultedPages();
  }

  /** Waits for enough refaults of the cgroup, whose readers share disk and processors. */
  private static void awaitRefaultsSince(long before) throws Exception {
    Recorder.await(TIMEOUT, "refaults", () -> refaultedPages() - before > MIN_REFAULTS);
  }

  /** Starts two readers, so that one always waits for memory. */
  private void thrash(Path cgroup, Path file) throws IOException {
    for (int reader = 0; reader < 2; reader++) {
      repeat("echo $$ >" + cgroup + "/cgroup.procs", "dd if=" + file + " of=/dev/null bs=64k");
    }
  }

  private void repeat(String command) throws IOException {
    repeat(":", command);
  }

  /** Runs a command of a shell again and again until the end of the test. */
  private void repeat(String first, String command) throws IOException {
    Process shell =
        Commands.builder(
                "setsid",
                "sh",
                "-c",
                first + "; while :; do " + command + " 2>/dev/null || exit; done")
            .start();
    scratch.later( // the whole group at once, since the shell starts one program after another
        () -> {
          Commands.attempt("kill", "-KILL", "--", "-" + shell.pid());
          shell.waitFor();
        });
  }
}
