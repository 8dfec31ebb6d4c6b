package io.fadvised.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Evaluates {@link Requires}. */
final class RequiresCondition implements ExecutionCondition {
  private static final String REQUIRED = "fadvised.it.required";
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    Optional<String> missing =
        AnnotationSupport.findAnnotation(context.getElement(), Requires.class)
            .flatMap(RequiresCondition::missing);
    if (missing.isEmpty()) {
      return ConditionEvaluationResult.enabled("the host has what it takes");
    }
    String message = context.getDisplayName() + " cannot run here: " + missing.get();
    if (Boolean.getBoolean(REQUIRED)) {
      throw new IllegalStateException(message + " (and -D" + REQUIRED + "=true)");
    }
    System.err.println("SKIPPED: " + message);
    return ConditionEvaluationResult.disabled(message);
  }

  private static Optional<String> missing(Requires requires) {
    return Stream.of(
            missingHost(),
            Stream.of("losetup", "mount", "fincore", "dd").flatMap(RequiresCondition::program),
            Stream.of(requires.programs()).flatMap(RequiresCondition::program),
            Stream.of(requires.files())
                .filter(file -> !Files.exists(Path.of(file)))
                .map(file -> file + " does not exist"),
            requires.alone() ? otherFadvised() : Stream.<String>empty())
        .flatMap(reasons -> reasons)
        .findFirst();
  }

  private static Stream<String> missingHost() {
    if (!"root".equals(System.getProperty("user.name"))) {
      return Stream.of("needs root");
    }
    if (!Files.isWritable(Path.of("/dev/loop-control"))) {
      return Stream.of("needs loop devices: /dev/loop-control is missing or not writable");
    }
    return Commands.attempt("losetup", "--find").status() == 0
        ? Stream.empty()
        : Stream.of("needs loop devices: there is no free one");
  }

  /** Finds other fadvised processes by the name of the engine thread. */
  private static Stream<String> otherFadvised() {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    Optional<Long> other = processEvicting();
    while (other.isPresent() && System.nanoTime() < end) {
      LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
      other = processEvicting();
    }
    return other.map(pid -> "process " + pid + " is a fadvised and would evict too").stream();
  }

  private static Optional<Long> processEvicting() {
    long own = ProcessHandle.current().pid();
    return ProcessHandle.allProcesses()
        .map(ProcessHandle::pid)
        .filter(pid -> pid != own && hasEngineThread(pid))
        .findFirst();
  }

  private static boolean hasEngineThread(long pid) {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
      return threads.anyMatch(thread -> nameOf(thread).equals("fadvised-engine"));
    } catch (IOException e) { // the process has ended
      return false;
    }
  }

  private static String nameOf(Path thread) {
    try {
      return Files.readString(thread.resolve("comm"), ISO_8859_1).strip();
    } catch (IOException e) {
      return "";
    }
  }

  private static Stream<String> program(String name) {
    boolean found =
        Stream.of((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":"))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
    return found ? Stream.empty() : Stream.of("needs the program " + name);
  }
}
