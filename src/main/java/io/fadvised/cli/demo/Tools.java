package io.fadvised.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs the programs of the host that set up and remove the loop device. */
final class Tools {
  /** On a working disk each of them takes less than a second. */
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private static final Duration KILL_TIMEOUT = Duration.ofSeconds(2);

  /** Searched after PATH, which may lack them for ordinary users. */
  private static final List<String> SYSTEM_DIRECTORIES =
      List.of("/usr/sbin", "/sbin", "/usr/local/sbin");

  private final String path;

  /**
   * @param path the value of PATH
   */
  Tools(String path) {
    this.path = path;
  }

  /** Returns the path of a program; empty if it is not installed. */
  Optional<Path> find(String program) {
    return Stream.concat(Stream.of(path.split(":")), SYSTEM_DIRECTORIES.stream())
        .filter(directory -> directory.startsWith("/"))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Runs a program to its end, even if interrupted: stopping it halfway would leave an unknown
   * state.
   *
   * @return its output, stripped
   * @throws IOException with the first line of its output if it fails, or after 20 s
   * @throws InterruptedException after its end, if interrupted meanwhile
   */
  String run(String program, String... arguments) throws IOException, InterruptedException {
    return resultOf(program, start(program, arguments), false);
  }

  /** Runs a program that is killed if interrupted. */
  void runKillable(String program, String... arguments) throws IOException, InterruptedException {
    resultOf(program, start(program, arguments), true);
  }

  private static String resultOf(String program, Process child, boolean killable)
      throws IOException, InterruptedException {
    boolean interrupted = waitFor(child, killable);
    if (child.isAlive()) {
      child.destroyForcibly().waitFor(KILL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      throw new IOException(program + " did not finish within " + TIMEOUT.toSeconds() + " s");
    }
    if (interrupted) {
      throw new InterruptedException(program);
    }
    String output = new String(child.getInputStream().readAllBytes(), UTF_8).strip();
    if (child.exitValue() != 0) {
      throw new IOException(output.isEmpty() ? program + " failed" : firstLine(output));
    }
    return output;
  }

  /** Waits up to 20 s for its end; returns whether the thread was interrupted meanwhile. */
  private static boolean waitFor(Process child, boolean killable) {
    boolean interrupted = false;
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (child.isAlive() && System.nanoTime() < deadline) {
      try {
        child.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
        if (killable) {
          child.destroyForcibly();
        }
      }
    }
    return interrupted;
  }

  private Process start(String program, String... arguments) throws IOException {
    Path found = find(program).orElseThrow(() -> new IOException(program + " is not installed"));
    List<String> command = new ArrayList<>(List.of(found.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C");
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    return builder.start();
  }

  private static String firstLine(String output) {
    return output.lines().findFirst().orElse("");
  }
}
