package io.fadvised.loop;

import io.fadvised.linux.FileIdentity;
import java.util.OptionalLong;

/** Opens backing files of loop devices. {@link BackingFileOpener} is the implementation. */
public interface BackingFiles {
  /**
   * Opens the backing file of an attached device.
   *
   * @param listener receives each step that may hang, before it begins
   * @throws UnreachableException with the reason if the file cannot be opened or evicted
   */
  BackingFile open(LoopDevice device, OpeningStep.Listener listener) throws UnreachableException;

  /** Opens the backing file without a listener. */
  default BackingFile open(LoopDevice device) throws UnreachableException {
    return open(device, OpeningStep.Listener.NONE);
  }

  /**
   * Queries which file is attached.
   *
   * @throws UnreachableException if no file is attached, or the query fails
   */
  FileIdentity identityOf(LoopDevice device) throws UnreachableException;

  /**
   * Guesses the filesystem of a backing file from its path and the mount table. Calls into no
   * filesystem, so it never hangs.
   *
   * @return the filesystem's device number in mountinfo; empty if the path leads to none; wrong if
   *     the path belongs to another mount namespace
   */
  OptionalLong likelyFilesystem(LoopDevice device);
}
