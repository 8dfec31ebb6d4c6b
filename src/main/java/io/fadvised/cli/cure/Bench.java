package io.fadvised.cli.cure;

import io.fadvised.cli.Programs;
import io.fadvised.directio.Attachment;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The host of a cure, seen from one loop device. */
public interface Bench {
  /**
   * Runs a program to its end.
   *
   * @throws Programs.FailedException if it fails or does not end
   */
  void run(List<String> command) throws Programs.FailedException, InterruptedException;

  /**
   * Reads the device and its mounts.
   *
   * @return empty if it is detached
   * @throws IOException if it cannot be read
   */
  Optional<Attachment> attachment() throws IOException;

  /**
   * Waits up to a few seconds until nobody holds the device, in any mount namespace; returns
   * whether that is so.
   *
   * @throws IOException if that is unknown
   */
  boolean awaitFree() throws IOException;

  /** Waits up to a few seconds until the device is detached; returns whether it is. */
  boolean awaitDetached();
}
