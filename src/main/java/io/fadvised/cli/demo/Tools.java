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

/** Runs the programs that make and unmake what the demonstration needs. */
final class Tools {
  /** None of them takes a second on a disk that works. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final Duration AFTER_KILL = Duration.ofSeconds(2);

  /** Where administrators' programs are, also for a PATH that does not say so. */
  private static final List<String> USUAL = List.of("/usr/sbin", "/sbin", "/usr/local/sbin");

  private final String path;

  /**
   * @param path the value of PATH
   */
  Tools(String path) {
    this.path = path;
  }

  /** Where a program is; empty if it is not installed. */
  Optional<Path> find(String program) {
    return Stream.concat(Stream.of(path.split(":")), USUAL.stream())
        .filter(folder -> folder.startsWith("/"))
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Runs a program to its end, even if interrupted meanwhile: only then it is known what it did.
   *
   * @return what it printed, stripped
   * @throws IOException with its own words if it failed
   * @throws InterruptedException after its end
   */
  String run(String program, String... arguments) throws IOException, InterruptedException {
    return resultOf(program, start(program, arguments), false);
  }

  /** Runs a program that takes longer and may be killed at any time: ended when interrupted. */
  void runKillable(String program, String... arguments) throws IOException, InterruptedException {
    resultOf(program, start(program, arguments), true);
  }

  private static String resultOf(String program, Process child, boolean killable)
      throws IOException, InterruptedException {
    boolean interrupted = waitFor(child, killable);
    if (child.isAlive()) {
      child.destroyForcibly().waitFor(AFTER_KILL.toMillis(), TimeUnit.MILLISECONDS);
      throw new IOException(program + " did not finish within " + PATIENCE.toSeconds() + " s");
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

  /** Waits for its end, but not forever; returns whether we were interrupted meanwhile. */
  private static boolean waitFor(Process child, boolean killable) {
    boolean interrupted = false;
    long deadline = System.nanoTime() + PATIENCE.toNanos();
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
