package io.fadvised.cli;

import io.fadvised.config.InvalidSettingsException;
import io.fadvised.config.SettingsProblem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ends a command with sentences for the operator and an exit code. */
final class CommandFailedException extends Exception {
  private final int exitCode;
  private final transient List<String> sentences;

  private CommandFailedException(int exitCode, List<String> sentences, @Nullable Throwable cause) {
    super(String.join("\n", sentences), cause);
    this.exitCode = exitCode;
    this.sentences = sentences;
  }

  CommandFailedException(String sentence) {
    super(sentence);
    exitCode = ExitCodes.FAILED;
    sentences = List.of(sentence);
  }

  CommandFailedException(String sentence, Throwable cause) {
    this(ExitCodes.FAILED, List.of(sentence), cause);
  }

  /** Reports a device that a command leaves as it is. */
  static CommandFailedException refused(List<String> sentences) {
    return new CommandFailedException(ExitCodes.NOT_HEALTHY, sentences, null);
  }

  /** Reports that only a part was done. */
  static CommandFailedException changed(String sentence, Throwable cause) {
    return new CommandFailedException(ExitCodes.CHANGED, List.of(sentence), cause);
  }

  /** Reports an invalid configuration, one sentence for each problem. */
  static CommandFailedException of(InvalidSettingsException invalid) {
    List<String> problems = invalid.problems().stream().map(SettingsProblem::toString).toList();
    return new CommandFailedException(ExitCodes.CONFIGURATION, problems, invalid);
  }

  /**
   * Reports a configuration that the daemon rejected, one sentence for each line of its message.
   */
  static CommandFailedException rejected(String problems) {
    return new CommandFailedException(ExitCodes.CONFIGURATION, problems.lines().toList(), null);
  }

  int exitCode() {
    return exitCode;
  }

  List<String> sentences() {
    return sentences;
  }
}
