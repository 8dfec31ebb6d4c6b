package io.fadvised.simulation;

import io.fadvised.simulation.Program.Hours;
import io.fadvised.simulation.SimulatedKernel.Calls;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Writes src/docs/settings.md: how each setting moves the outcome on some typical hosts. */
public final class SettingsTable {
  private static final long GIB = 1L << 30;
  private static final Duration UNTIL_WARM = Duration.ofSeconds(20);
  private static final Duration UNTIL_SETTLED = Duration.ofSeconds(30);
  private static final int WATCHED_SECONDS = 60;

  private static final String INTRODUCTION =
      """
      # What each setting moves

      The engine, with one setting changed at a time, on four hosts in the simulator
      (`src/test/java/io/fadvised/simulation`): a model, held to measurements by `MeasuredRealityTest`, and no
      benchmark. The order of the rows is to be believed, and roughly their size. Written by

          mvn -q -DskipTests package
          java -cp 'target/test-classes:target/fadvised/lib/*' io.fadvised.simulation.SettingsTable > src/docs/settings.md

      *Speed* is what a program did in %d s, relative to no daemon: that of the program which lost most or won
      least, and the geometric mean over all. *Below* is the mean lower cache. *Calls* are made by the engine in a
      second, reads of /proc and /sys included; *kernel* is the time inside of them. Where a row is like the defaults,
      another bound decides: under full pressure `budget.relaxed` does not count, and a device that fills fast is
      looked at every `interval.min`, however small its budget.
      """;

  /** A row: the settings that differ from the defaults. */
  private static final List<String> VARIANTS =
      List.of(
          "",
          "interval.min=250ms",
          "interval.min=1s",
          "interval.min=5s",
          "interval.max=15s",
          "interval.max=5m",
          "budget.relaxed=5%",
          "budget.relaxed=50%",
          "budget.pressed=0.25%",
          "budget.pressed=5%",
          "early-writeback=false",
          "measuring.per-device=5ms",
          "measuring.per-device=100ms");

  private record Scene(String title, String words, Supplier<SimulatedHost> host) {}

  private record Outcome(
      List<Long> doneBytes, long lowerBytes, double calls, double kernelMillis) {}

  private static final List<Scene> SCENES =
      List.of(
          new Scene(
              "A busy volume, memory scarce",
              "2 CPUs, 4 GiB, 400 MiB in use; 2 threads read and write 2.8 GiB of one device at random (70/30).",
              () -> busyVolume(true)),
          new Scene(
              "The same without cachestat",
              "Before Linux 6.5 mincore measures: in the time it is given, and without knowing dirty pages.",
              () -> busyVolume(false)),
          new Scene(
              "A node with ten volumes",
              "8 CPUs, 16 GiB, 6 GiB in use and 2 GiB more every other minute; three busy databases (90/10, a hot"
                  + " set), two logs, a backup that streams, four idle devices.",
              SettingsTable::node),
          new Scene(
              "Memory to spare",
              "8 CPUs, 32 GiB, 4 GiB in use; three devices of which 1 GiB each is read and written at random.",
              SettingsTable::spacious),
          new Scene(
              "Where evicting harms",
              "8 CPUs, 8 GiB, 2 GiB in use; a reader with O_DIRECT (1 GiB at random), and six devices on one base of"
                  + " 2 GiB.",
              SettingsTable::harmed));

  private SettingsTable() {}

  /** Prints the document. */
  public static void main(String[] args) {
    new PrintStream(System.out, true, StandardCharsets.UTF_8).print(document());
  }

  static String document() {
    return INTRODUCTION.formatted(WATCHED_SECONDS)
        + SCENES.parallelStream().map(SettingsTable::section).collect(Collectors.joining());
  }

  private static String section(Scene scene) {
    SimulatedHost alone = scene.host().get();
    Outcome without = watch(alone, Daemon.none());
    List<String> lines = new ArrayList<>();
    lines.add("\n## " + scene.title() + "\n\n" + scene.words() + "\n");
    lines.add("| | speed, slowest | speed, mean | below | calls/s | kernel |");
    lines.add("|---|---|---|---|---|---|");
    lines.add("| no daemon | 1.00 | 1.00 | " + mebibytes(without.lowerBytes()) + " | | |");
    for (String variant : VARIANTS) {
      SimulatedHost host = scene.host().get();
      String[] settings = variant.isEmpty() ? new String[0] : new String[] {variant};
      Outcome with = watch(host, Daemon.fadvised(host, settings));
      lines.add(row(variant.isEmpty() ? "defaults" : "`" + variant + "`", with, without));
    }
    return String.join("\n", lines) + "\n";
  }

  private static String row(String name, Outcome with, Outcome without) {
    double slowest = Double.MAX_VALUE;
    double logarithms = 0;
    for (int i = 0; i < with.doneBytes().size(); i++) {
      double speed = (double) with.doneBytes().get(i) / without.doneBytes().get(i);
      slowest = Math.min(slowest, speed);
      logarithms += StrictMath.log(speed);
    }
    return String.format(
        Locale.ROOT,
        "| %s | %.2f | %.2f | %s | %s | %s ms/s |",
        name,
        slowest,
        StrictMath.exp(logarithms / with.doneBytes().size()),
        mebibytes(with.lowerBytes()),
        rounded(with.calls()),
        rounded(with.kernelMillis()));
  }

  /** To two digits: more would claim too much, and change with everything. */
  private static String rounded(double value) {
    return value == 0
        ? "0"
        : new BigDecimal(value).round(new MathContext(2, RoundingMode.HALF_UP)).toPlainString();
  }

  private static String mebibytes(long bytes) {
    return rounded((double) bytes / (1 << 20)) + " MiB";
  }

  private static Outcome watch(SimulatedHost host, Daemon daemon) {
    host.advance(UNTIL_WARM);
    daemon.run(host, UNTIL_SETTLED);
    List<Program> programs = host.machine().programs();
    List<Long> before = programs.stream().map(Program::doneBytes).toList();
    Map<String, Calls> callsBefore = host.kernel().calls();
    long startNanos = host.nowNanos();
    long lowerSum = 0;
    for (int second = 0; second < WATCHED_SECONDS; second++) {
      daemon.run(host, Duration.ofSeconds(1));
      lowerSum += lowerBytes(host);
    }
    double seconds = (host.nowNanos() - startNanos) / 1e9;
    Map<String, Calls> made = Calls.since(callsBefore, host.kernel().calls());
    List<Long> done = new ArrayList<>();
    for (int i = 0; i < programs.size(); i++) {
      done.add((long) ((programs.get(i).doneBytes() - before.get(i)) / seconds));
    }
    return new Outcome(
        done,
        lowerSum / WATCHED_SECONDS,
        made.values().stream().mapToLong(Calls::count).sum() / seconds,
        made.values().stream().mapToLong(Calls::nanos).sum() / 1e6 / seconds);
  }

  private static long lowerBytes(SimulatedHost host) {
    List<CachedFile> files = new ArrayList<>();
    host.loops().forEach(loop -> files.add(loop.lower()));
    return files.stream().distinct().mapToLong(CachedFile::residentBytes).sum();
  }

  // -- the hosts ---------------------------------------------------------------------------------

  private static SimulatedHost host(
      int cpus, long memoryGib, double usedGib, int chunkKib, boolean hasCachestat) {
    Hardware hardware = new Hardware(cpus, memoryGib * GIB, chunkKib << 10);
    SimulatedHost host = new SimulatedHost(hardware, hasCachestat);
    host.machine().demand(new Machine.Demand((long) (usedGib * GIB), 0, Hours.ALWAYS));
    return host;
  }

  private static SimulatedLoop attach(SimulatedHost host, double gib) {
    return host.attach(host.machine().file((long) (gib * GIB)));
  }

  private static void random(
      SimulatedHost host,
      Storage storage,
      double gib,
      double reads,
      int skew,
      int threads,
      int thinkMicros) {
    Hardware hardware = host.machine().hardware();
    SplittableRandom random = new SplittableRandom(host.machine().programs().size());
    start(
        host,
        threads,
        thinkMicros,
        Hours.ALWAYS,
        Program.random(storage, hardware, random, (long) (gib * GIB), reads, skew));
  }

  private static void start(
      SimulatedHost host, int threads, int thinkMicros, Hours hours, Program.Step step) {
    Hardware hardware = host.machine().hardware();
    host.machine().start(new Program(hardware, "", threads, thinkMicros * 1_000L, hours, step));
  }

  private static SimulatedHost busyVolume(boolean hasCachestat) {
    SimulatedHost host = host(2, 4, 0.4, 256, hasCachestat);
    random(host, Storage.buffered(host.machine(), attach(host, 8)), 2.8, 0.7, 1, 2, 0);
    return host;
  }

  private static SimulatedHost node() {
    SimulatedHost host = host(8, 16, 6, 1024, true);
    host.machine().demand(new Machine.Demand(6 * GIB, 2 * GIB, Hours.of(60, 120, 60)));
    Hardware hardware = host.machine().hardware();
    for (int i = 0; i < 3; i++) {
      Storage database = Storage.buffered(host.machine(), attach(host, 20));
      random(host, database, 6, 0.9, 2, 4, 50);
    }
    for (int i = 0; i < 2; i++) {
      Storage log = Storage.buffered(host.machine(), attach(host, 10));
      start(host, 1, 500, Hours.ALWAYS, Program.log(log, hardware, GIB));
    }
    Storage backup = Storage.buffered(host.machine(), attach(host, 40));
    start(host, 1, 20, Hours.of(30, 90, 45), Program.stream(backup, hardware, 40 * GIB, false));
    for (int i = 0; i < 4; i++) {
      attach(host, 10);
    }
    return host;
  }

  private static SimulatedHost spacious() {
    SimulatedHost host = host(8, 32, 4, 1024, true);
    for (int i = 0; i < 3; i++) {
      random(host, Storage.buffered(host.machine(), attach(host, 10)), 1, 0.8, 1, 1, 20);
    }
    return host;
  }

  private static SimulatedHost harmed() {
    SimulatedHost host = host(8, 8, 2, 256, true);
    random(host, Storage.direct(attach(host, 4)), 1, 1, 1, 2, 0);
    CachedFile base = host.machine().file(2 * GIB);
    for (int i = 0; i < 6; i++) {
      random(host, Storage.buffered(host.machine(), host.attach(base)), 2, 1, 2, 1, 100);
    }
    return host;
  }
}
