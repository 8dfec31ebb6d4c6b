package io.fadvised.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.metrics.ControlMXBean;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Replaces the configuration repeatedly while the daemon reloads it. */
@Requires
@Timeout(60)
class ConfigurationReplacedIT {
  private static final int BURSTS = 6;
  private static final int FILES_IN_A_BURST = 40;

  @RegisterExtension final Scratch scratch = new Scratch();

  private final Random random = new Random(1);
  private Path config;
  private final AtomicInteger generation = new AtomicInteger(1);

  @Test
  void onlyCompleteFilesAreLoadedAndTheLastOneApplies() throws Exception {
    config =
        scratch.mount("etc", "-t", "tmpfs", "tmpfs").resolve("fadvised.conf"); // tmpfs never blocks
    write(Way.BY_RENAME);
    PackagedDaemon daemon = PackagedDaemon.with(scratch, Map.of(), "--config", config);
    daemon.awaitLog("started");
    CompletableFuture<Void> writer = CompletableFuture.runAsync(this::writeInBursts);

    int taken = 0;
    int refused = 0;
    try (AttachedJvm jvm = new AttachedJvm(Long.toString(daemon.pid()))) {
      while (!writer.isDone()) {
        if (isReloaded(jvm.control)) {
          taken++;
        } else {
          refused++;
        }
        assertThat(generationInForce(jvm.control)).isBetween(1, generation.get());
      }
      writer.get();
      System.out.printf(
          "%d configurations, %d reloads, %d refused%n", generation.get(), taken, refused);
      assertThat(taken).as("reloads while it was written").isPositive();
      assertThat(jvm.control.reload()).isEqualTo("configuration reloaded");
      assertThat(generationInForce(jvm.control)).isEqualTo(generation.get());
    }
    assertThat(daemon.isAlive()).isTrue();
  }

  private enum Way {
    IN_PLACE,
    BY_RENAME
  }

  private void writeInBursts() {
    try {
      for (int burst = 0; burst < BURSTS; burst++) {
        for (int file = 0; file < FILES_IN_A_BURST; file++) {
          generation.incrementAndGet();
          write(random.nextBoolean() ? Way.IN_PLACE : Way.BY_RENAME);
          Thread.sleep(random.nextInt(10));
        }
        Thread.sleep(800); // time for a reload
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Writes a file of which any part is a valid configuration. */
  private void write(Way way) throws IOException {
    List<String> lines =
        List.of(
            "fadvised.devices.include = [ \"/nowhere/%d\" ]\n".formatted(generation.get()),
            "fadvised.budget.relaxed = %dMiB\n".formatted(generation.get()),
            "fadvised.budget.pressed = %dMiB\n".formatted(generation.get()));
    Path file = way == Way.IN_PLACE ? config : config.resolveSibling("new");
    try (OutputStream out = Files.newOutputStream(file)) {
      for (String line : lines) {
        Thread.sleep(random.nextInt(3));
        out.write(line.getBytes(UTF_8));
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    if (way == Way.BY_RENAME) {
      Files.move(file, config, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static boolean isReloaded(ControlMXBean control) {
    try {
      return control.reload().equals("configuration reloaded");
    } catch (RuntimeException e) { // the file is changing
      assertThat(e).hasStackTraceContaining("was still being written after 5 s");
      return false;
    }
  }

  /** Returns the number that all three values contain. */
  private static int generationInForce(ControlMXBean control) {
    String settings = String.join("\n", control.getSettings());
    int pressed = number("budget.pressed = (\\d+)MiB", settings);
    assertThat(number("budget.relaxed = (\\d+)MiB", settings)).as(settings).isEqualTo(pressed);
    assertThat(number("/nowhere/(\\d+)", settings)).as(settings).isEqualTo(pressed);
    return pressed;
  }

  private static int number(String pattern, String settings) {
    Matcher matcher = Pattern.compile(pattern).matcher(settings);
    assertThat(matcher.find()).as(settings).isTrue();
    return Integer.parseInt(matcher.group(1));
  }
}
