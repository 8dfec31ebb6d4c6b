package io.fadvised.loop;

import java.util.OptionalLong;

/**
 * A call that may hang while a backing file is opened.
 *
 * @param words the activity, for operators: "opening its backing file"
 * @param filesystem the number of the filesystem to blame if the call hangs, as in {@link
 *     BackingFiles#likelyFilesystem}; empty if a hang is not the fault of the file's filesystem
 * @param guessed whether the number comes from the mount table, which may lack a mount of the last
 *     second
 */
public record OpeningStep(String words, OptionalLong filesystem, boolean guessed) {
  public OpeningStep(String words, OptionalLong filesystem) {
    this(words, filesystem, false);
  }

  /** Receives each step before it begins, so that a hung call can be named. */
  @FunctionalInterface
  public interface Listener {
    Listener NONE = step -> {};

    void begins(OpeningStep step);
  }
}
