package io.fadvised.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A shell in a new mount namespace. */
final class OtherNamespace {
  private final Process shell;
  private final BufferedReader answers;

  private OtherNamespace(Process shell) {
    this.shell = shell;
    answers = shell.inputReader(StandardCharsets.UTF_8);
  }

  static OtherNamespace open() throws IOException {
    return new OtherNamespace(
        Commands.builder("unshare", "--mount", "--propagation", "private", "sh", "-e")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start());
  }

  /** Runs a line there; a failure ends the shell and fails the test. */
  void run(String line) throws IOException {
    shell.outputWriter().write(line + " >/dev/null\necho done\n");
    shell.outputWriter().flush();
    if (!"done".equals(answers.readLine())) {
      throw new AssertionError("failed in the other mount namespace: " + line);
    }
  }

  /** Returns the command prefix that runs a program there. */
  List<Object> enter() {
    return new ArrayList<>(List.of("nsenter", "--mount", "--target", pid()));
  }

  long pid() {
    return shell.pid();
  }

  /** Ends the shell, the namespace and its mounts. */
  void end() throws IOException, InterruptedException {
    shell.outputWriter().close();
    if (!shell.waitFor(10, TimeUnit.SECONDS)) {
      shell.destroyForcibly().waitFor();
    }
    answers.close();
  }
}
