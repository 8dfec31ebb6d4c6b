package io.fadvised.loop;

import java.util.OptionalLong;

/**
 * A call on the way to a backing file that may hang.
 *
 * @param words what is being done, for people: "opening its backing file"
 * @param filesystem the filesystem that hangs if the call does, as {@link
 *     BackingFiles#likelyFilesystem} numbers it; empty if a hang says nothing about the file's own
 * @param guessed whether that is {@link BackingFiles#likelyFilesystem}, from a mount table that may
 *     lack a mount of the last second
 */
public record OpeningStep(String words, OptionalLong filesystem, boolean guessed) {
  public OpeningStep(String words, OptionalLong filesystem) {
    this(words, filesystem, false);
  }

  /** Told each step before it begins, so that whoever waits for a worker knows what hangs. */
  @FunctionalInterface
  public interface Listener {
    Listener NONE = step -> {};

    void begins(OpeningStep step);
  }
}
