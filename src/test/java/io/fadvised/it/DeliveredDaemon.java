package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The program as delivered, running as a daemon until the test ends. */
final class DeliveredDaemon {
  private static final Path PROGRAM =
      Path.of(System.getProperty("fadvised.home", "target/fadvised"), "bin/fadvised")
          .toAbsolutePath();

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Path log;
  private final Path pidFile;
  private final ProcessBuilder builder;
  private Process process;

  private DeliveredDaemon(Scratch scratch, Map<String, String> environment, Object... arguments)
      throws IOException {
    log = scratch.file("log");
    pidFile = scratch.file("pid");
    List<Object> command = new ArrayList<>(List.of(PROGRAM, "run"));
    command.addAll(List.of(arguments));
    builder =
        Commands.builder(command.toArray())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    process = start();
  }

  /** For the devices over files of a test's folder. */
  static DeliveredDaemon forDevicesOf(Scratch scratch, String... sets) throws IOException {
    return forDevicesOf(scratch, Map.of(), sets);
  }

  static DeliveredDaemon forDevicesOf(
      Scratch scratch, Map<String, String> environment, String... sets) throws IOException {
    List<Object> arguments =
        new ArrayList<>(List.of("--set", "devices.include=[\"" + scratch.folder() + "/**\"]"));
    for (String set : sets) {
      arguments.addAll(List.of("--set", set));
    }
    return with(scratch, environment, arguments.toArray());
  }

  /** Evicts all that it may of these devices, ten times a second. */
  static DeliveredDaemon keepingNothing(Scratch scratch) throws IOException {
    return forDevicesOf(
        scratch,
        "budget.relaxed=0",
        "budget.pressed=0",
        "interval.min=100ms",
        "interval.max=100ms",
        "log.level=debug");
  }

  /** With these arguments. */
  static DeliveredDaemon with(Scratch scratch, Map<String, String> environment, Object... arguments)
      throws IOException {
    DeliveredDaemon daemon = new DeliveredDaemon(scratch, environment, arguments);
    scratch.later(daemon::stop);
    return daemon;
  }

  /** Kills it without a warning, and starts it again. */
  void killAndStartAgain() throws IOException, InterruptedException {
    process.destroyForcibly().waitFor();
    process = start();
  }

  /** What a command of the program gets from it. */
  Commands.Outcome ask(Object... command) {
    List<Object> all = new ArrayList<>(List.of("env", "FADVISED_PID_FILE=" + pidFile, PROGRAM));
    all.addAll(List.of(command));
    return Commands.attempt(all.toArray());
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Its exit status, once it has ended by itself. */
  int awaitEnd() throws InterruptedException {
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  void awaitLog(String words) throws Exception {
    Recorder.await(PATIENCE, words, () -> log().contains(words));
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  private Process start() throws IOException {
    Process started = builder.start();
    Files.writeString(pidFile, Long.toString(started.pid()));
    return started;
  }

  private void stop() throws InterruptedException {
    process.destroy();
    process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }
}
