package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an idle daemon costs a host with many loop devices. */
@Requires(alone = true)
@Timeout(240)
class FootprintIT {
  private static final int DEVICES = 100;

  /** Until the JVM has compiled what it runs every second. */
  private static final Duration WARM_UP = Duration.ofSeconds(75);

  private static final Duration MEASURED = Duration.ofSeconds(30);
  private static final double LARGEST_SHARE = 0.002;
  private static final long LARGEST_RESIDENT_SET_KIB = 64 << 10;

  @RegisterExtension final Scratch scratch = new Scratch();

  private Path program;
  private Path log;
  private Process daemon;

  @BeforeEach
  void startDaemon() throws Exception {
    for (int i = 0; i < DEVICES; i++) {
      scratch.attach(DataFiles.sparse(scratch.file("image" + i), 64));
    }
    program = Path.of(System.getProperty("fadvised.home"), "bin/fadvised");
    log = scratch.file("log");
    daemon =
        Commands.builder(program, "run")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    scratch.later(
        () -> {
          daemon.destroy();
          daemon.waitFor(20, TimeUnit.SECONDS);
        });
  }

  @Test
  void anIdleDaemonWithAHundredDevicesIsSmallAndCostsNextToNothing() throws Exception {
    Thread.sleep(WARM_UP.toMillis());
    assertThat(Files.readString(log)).contains("image99");
    double[] shares = {shareOfACore(), shareOfACore(), shareOfACore()};
    System.out.printf("idle: %s of a core, %d KiB%n", Arrays.toString(shares), residentSetKib());
    Arrays.sort(shares);
    assertThat(shares[1]).as("median of %s", Arrays.toString(shares)).isLessThan(LARGEST_SHARE);
    assertThat(residentSetKib()).isLessThan(LARGEST_RESIDENT_SET_KIB);

    Commands.run(program, "status"); // attaches, and so loads much of JMX
    assertThat(residentSetKib()).as("attached to").isLessThan(LARGEST_RESIDENT_SET_KIB);
  }

  private double shareOfACore() throws Exception {
    Duration before = processorTime();
    Thread.sleep(MEASURED.toMillis());
    return (double) processorTime().minus(before).toNanos() / MEASURED.toNanos();
  }

  private Duration processorTime() throws IOException {
    long nanos = 0;
    try (var threads = Files.newDirectoryStream(Path.of("/proc/" + daemon.pid() + "/task"))) {
      for (Path thread : threads) {
        String schedStat = Files.readString(thread.resolve("schedstat"));
        nanos += Long.parseLong(schedStat.substring(0, schedStat.indexOf(' ')));
      }
    }
    return Duration.ofNanos(nanos);
  }

  private long residentSetKib() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + daemon.pid() + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElseThrow();
  }
}
