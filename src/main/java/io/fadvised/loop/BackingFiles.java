package io.fadvised.loop;

import io.fadvised.linux.FileIdentity;
import java.util.OptionalLong;

/** The way from a loop device to its backing file: {@link BackingFileOpener} is this machine's. */
public interface BackingFiles {
  /**
   * Opens the backing file of an attached device.
   *
   * @param listener told each step that may hang
   * @throws UnreachableException with the reason if it cannot be worked on
   */
  BackingFile open(LoopDevice device, OpeningStep.Listener listener) throws UnreachableException;

  /** Opens the backing file for somebody who waits as long as it takes. */
  default BackingFile open(LoopDevice device) throws UnreachableException {
    return open(device, OpeningStep.Listener.NONE);
  }

  /**
   * Asks which file is attached.
   *
   * @throws UnreachableException if there is none, or none that can be worked on
   */
  FileIdentity identityOf(LoopDevice device) throws UnreachableException;

  /**
   * Guesses the filesystem of a backing file from its path and the mount table. Calls into no
   * filesystem, so it never hangs.
   *
   * @return the filesystem's device number in mountinfo; empty if the path leads to none. A path of
   *     another mount namespace leads to a filesystem that the file is not on
   */
  OptionalLong likelyFilesystem(LoopDevice device);
}
