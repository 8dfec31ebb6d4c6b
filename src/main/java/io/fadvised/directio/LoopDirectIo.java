package io.fadvised.directio;

import io.fadvised.linux.KernelException;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.UnreachableException;
import java.util.OptionalLong;

/** Direct I/O of loop devices: whether it can be had, and the switch. */
public interface LoopDirectIo {

  /**
   * Why a device is cached twice, or is not.
   *
   * @param residentBytes of the backing file; empty if that is not known
   */
  Diagnosis diagnose(LoopDevice device, BackingFile backing, OptionalLong residentBytes);

  /**
   * Switches it on or off, if the device is still attached to this file. What is dirty in the
   * backing file is written first: so long this takes.
   *
   * @throws KernelException if the loop driver refuses; EINVAL is all that it says
   * @throws UnreachableException if something else is attached by now
   */
  void set(LoopDevice device, BackingFile backing, boolean on)
      throws KernelException, UnreachableException;
}
