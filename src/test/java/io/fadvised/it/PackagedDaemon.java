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

/** Runs the packaged program as a daemon until the test ends. */
final class PackagedDaemon {
  private static final Path PROGRAM =
      Path.of(System.getProperty("fadvised.home", "target/fadvised"), "bin/fadvised")
          .toAbsolutePath();

  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final Path log;
  private final Path socket;
  private final ProcessBuilder builder;
  private Process process;

  private PackagedDaemon(Scratch scratch, Map<String, String> environment, Object... arguments)
      throws IOException {
    log = scratch.file("log");
    socket = scratch.file("sock");
    List<Object> command = new ArrayList<>(List.of(PROGRAM, "run"));
    command.addAll(List.of(arguments));
    builder =
        Commands.builder(command.toArray())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put("FADVISED_SOCKET", socket.toString());
    builder.environment().putAll(environment);
    process = start();
  }

  /** Manages only backing files in the test's directory. */
  static PackagedDaemon forDevicesOf(Scratch scratch, String... sets) throws IOException {
    return forDevicesOf(scratch, Map.of(), sets);
  }

  static PackagedDaemon forDevicesOf(
      Scratch scratch, Map<String, String> environment, String... sets) throws IOException {
    List<Object> arguments =
        new ArrayList<>(List.of("--set", "devices.include=[\"" + scratch.directory() + "/**\"]"));
    for (String set : sets) {
      arguments.addAll(List.of("--set", set));
    }
    return with(scratch, environment, arguments.toArray());
  }

  /** Sweeps the devices of the test ten times a second with a budget of 0. */
  static PackagedDaemon withZeroBudget(Scratch scratch) throws IOException {
    return forDevicesOf(
        scratch,
        "budget.relaxed=0",
        "budget.pressed=0",
        "interval.min=100ms",
        "interval.max=100ms",
        "log.level=debug");
  }

  static PackagedDaemon with(Scratch scratch, Map<String, String> environment, Object... arguments)
      throws IOException {
    PackagedDaemon daemon = new PackagedDaemon(scratch, environment, arguments);
    scratch.later(daemon::stop);
    return daemon;
  }

  /** Kills it with SIGKILL and starts it again. */
  void killAndRestart() throws IOException, InterruptedException {
    process.destroyForcibly().waitFor();
    process = start();
  }

  /** Runs a command of the program against this daemon. */
  Commands.Outcome ask(Object... command) {
    List<Object> all = new ArrayList<>(List.of("env", "FADVISED_SOCKET=" + socket, PROGRAM));
    all.addAll(List.of(command));
    return Commands.attempt(all.toArray());
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Waits until it has ended by itself, and returns its exit status. */
  int awaitEnd() throws InterruptedException {
    assertThat(process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  void awaitLog(String words) throws Exception {
    Recorder.await(TIMEOUT, words, () -> log().contains(words));
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  private Process start() throws IOException {
    return builder.start();
  }

  private void stop() throws InterruptedException {
    process.destroy();
    process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
  }
}
