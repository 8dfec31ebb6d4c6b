package io.fadvised.cli;

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

/** Runs programs of the host, without a shell, in the C locale and without input. */
public final class Programs {
  private static final Duration KILL_TIMEOUT = Duration.ofSeconds(2);

  /** A program that is ended by a signal gets this and the number of the signal. */
  private static final int SIGNALLED = 128;

  /** Searched after PATH, which may lack them for ordinary users. */
  private static final List<String> SYSTEM_DIRECTORIES =
      List.of("/usr/sbin", "/sbin", "/usr/local/sbin");

  private final String path;
  private final Duration limit;

  /** A program could not be started, failed, or exceeded its time limit. */
  public static final class FailedException extends IOException {
    private final String output;
    private final boolean ended;

    public FailedException(String output, boolean ended) {
      super(output.lines().findFirst().orElse(""));
      this.output = output;
      this.ended = ended;
    }

    /**
     * The output of the program, or the reason why there is none. The message is its first line.
     */
    public String output() {
      return output;
    }

    /**
     * Returns whether the program reported its failure itself. Otherwise it was killed, and may
     * have done its work.
     */
    public boolean hasEnded() {
      return ended;
    }
  }

  /**
   * @param path the value of PATH
   * @param limit for the run of one program
   */
  public Programs(String path, Duration limit) {
    this.path = path;
    this.limit = limit;
  }

  /**
   * Returns the path of a program; empty if it is not installed.
   *
   * @param program its name or absolute path
   */
  public Optional<Path> find(String program) {
    if (program.startsWith("/")) {
      return Optional.of(Path.of(program)).filter(Files::isExecutable);
    }
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
   * @param command the program and its arguments
   * @return its output, stripped
   * @throws FailedException with its output if it fails, or after the limit
   * @throws InterruptedException after its end, if interrupted meanwhile
   */
  public String run(String... command) throws FailedException, InterruptedException {
    return run(List.of(command));
  }

  /** Runs a program and its arguments, see {@link #run(String...)}. */
  public String run(List<String> command) throws FailedException, InterruptedException {
    return resultOf(command.get(0), start(command), false);
  }

  /** Runs a program that is killed if interrupted. */
  public void runKillable(String... command) throws FailedException, InterruptedException {
    resultOf(command[0], start(List.of(command)), true);
  }

  private String resultOf(String program, Process child, boolean killable)
      throws FailedException, InterruptedException {
    boolean interrupted = waitFor(child, killable);
    if (child.isAlive()) {
      child.destroyForcibly().waitFor(KILL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      String after = program + " did not finish within " + limit.toSeconds() + " s";
      throw new FailedException(
          child.isAlive() ? after + ", and still runs as process " + child.pid() : after, false);
    }
    if (interrupted) {
      throw new InterruptedException(program);
    }
    String output = outputOf(child);
    int status = child.exitValue();
    if (status != 0) {
      String words = status > SIGNALLED ? " was killed" : " failed with exit code " + status;
      throw new FailedException(output.isEmpty() ? program + words : output, status <= SIGNALLED);
    }
    return output;
  }

  /** Reads only what is there: a daemon that the program started can keep the pipe open. */
  private static String outputOf(Process child) {
    try {
      return new String(
              child.getInputStream().readNBytes(child.getInputStream().available()), UTF_8)
          .strip();
    } catch (IOException e) {
      return "";
    }
  }

  /** Waits for its end, up to the limit; returns whether the thread was interrupted meanwhile. */
  private boolean waitFor(Process child, boolean killable) {
    boolean interrupted = false;
    long deadline = System.nanoTime() + limit.toNanos();
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

  private Process start(List<String> command) throws FailedException {
    String program = command.get(0);
    Path found =
        find(program).orElseThrow(() -> new FailedException(program + " is not installed", true));
    List<String> words = new ArrayList<>(command);
    words.set(0, found.toString());
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C");
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    try {
      return builder.start();
    } catch (IOException e) {
      throw new FailedException(program + " could not be started: " + Sentences.of(e), true);
    }
  }
}
