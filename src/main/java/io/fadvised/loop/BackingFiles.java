package io.fadvised.loop;

import io.fadvised.linux.FileIdentity;

/** The way from a loop device to its backing file: {@link BackingFileOpener} is this machine's. */
public interface BackingFiles {
  /**
   * Opens the backing file of an attached device.
   *
   * @throws UnreachableException with the reason if it cannot be worked on
   */
  BackingFile open(LoopDevice device) throws UnreachableException;

  /**
   * Asks which file is attached.
   *
   * @throws UnreachableException if there is none, or none that can be worked on
   */
  FileIdentity identityOf(LoopDevice device) throws UnreachableException;
}
