package io.fadvised.directio;

import java.util.List;

/**
 * Why a loop device is cached twice, or is not, and what cures it.
 *
 * @param cause what the device is counted as
 * @param words the cause in a sentence
 * @param derived whether part of it was concluded from rules instead of asked of the kernel
 * @param commands for a shell, in this order; none if nothing has to be done or can be
 * @param advice what to know before, or to do instead
 */
public record Diagnosis(
    Cause cause, String words, boolean derived, List<String> commands, List<String> advice) {
  public Diagnosis {
    commands = List.copyOf(commands);
    advice = List.copyOf(advice);
  }
}
