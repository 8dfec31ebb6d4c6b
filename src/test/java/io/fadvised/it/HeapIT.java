package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The heap of the packaged daemon with 300 devices. */
@Requires(programs = "python3")
@Timeout(90)
class HeapIT {
  private static final int DEVICES = 300;

  /** Exit status of the JVM with -XX:+ExitOnOutOfMemoryError. */
  private static final int OUT_OF_MEMORY_STATUS = 3;

  private static final Pattern MEASURED = Pattern.compile("\"residencyErrorBytes\": \\d+");

  @RegisterExtension final Scratch scratch = new Scratch();

  @BeforeEach
  void attachHundreds() throws Exception {
    ManyLoops.attach(scratch, scratch.directory(), DEVICES);
  }

  @Test
  void daemonThatRunsOutOfHeapReportsItAndExits() throws Exception {
    PackagedDaemon daemon =
        PackagedDaemon.forDevicesOf(scratch, Map.of("FADVISED_JAVA_OPTS", "-Xms4m -Xmx4m -Xmn1m"));

    assertThat(daemon.awaitEnd()).isEqualTo(OUT_OF_MEMORY_STATUS);
    assertThat(daemon.log()).endsWith("java.lang.OutOfMemoryError: Java heap space\n");
  }

  @Test
  void defaultHeapIsEnough() throws Exception {
    PackagedDaemon daemon =
        PackagedDaemon.forDevicesOf(
            scratch,
            "interval.min=100ms",
            "interval.max=100ms",
            "budget.relaxed=0",
            "budget.pressed=0",
            "log.level=debug");

    for (int round = 0; round < 3; round++) {
      Recorder.await(
          Duration.ofSeconds(20),
          "all are measured",
          () ->
              MEASURED.matcher(daemon.ask("status", "--json").output()).results().count()
                  >= DEVICES);
      for (int i = 0; i < DEVICES; i++) {
        DataFiles.write(scratch.file("image" + i), 1);
      }
    }
    assertThat(daemon.isAlive()).as(daemon.log()).isTrue();
  }
}
