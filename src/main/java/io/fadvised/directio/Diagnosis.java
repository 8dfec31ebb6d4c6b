package io.fadvised.directio;

import java.util.List;

/**
 * The cause for a loop device being cached twice, or not, and the cure.
 *
 * @param words the cause in a sentence
 * @param derived whether part of it was derived from rules instead of reported by the kernel
 * @param commands shell commands in order; empty if none is needed or possible
 * @param advice warnings about the commands, or alternatives to them
 */
public record Diagnosis(
    Cause cause, String words, boolean derived, List<String> commands, List<String> advice) {
  public Diagnosis {
    commands = List.copyOf(commands);
    advice = List.copyOf(advice);
  }
}
