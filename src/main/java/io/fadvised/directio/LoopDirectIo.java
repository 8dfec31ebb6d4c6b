package io.fadvised.directio;

import io.fadvised.linux.KernelException;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.RequestCounters;
import io.fadvised.loop.UnreachableException;
import java.util.Optional;
import java.util.OptionalLong;

/** Direct I/O of loop devices: its availability, and the switch. */
public interface LoopDirectIo {

  /**
   * Diagnoses why a device is cached twice, or is not.
   *
   * @param residentBytes resident bytes of the backing file; empty if unknown
   */
  Diagnosis diagnose(LoopDevice device, BackingFile backing, OptionalLong residentBytes);

  /**
   * Gives a device whose sectors are too small for direct I/O the size that it requires, and
   * switches direct I/O on, if nobody uses the device and its contents allow it. May take seconds,
   * to read all processes.
   *
   * @param idle whether it has been without I/O for so long that nobody is about to use it
   * @param changes false to find out only
   * @throws KernelException if the loop driver rejects it; the sectors are as before
   * @throws UnreachableException if another file is attached now
   */
  Fit fit(LoopDevice device, BackingFile backing, boolean idle, boolean changes)
      throws KernelException, UnreachableException;

  /**
   * Reads what was made on a device since its sectors were set by {@link #fit}. Sets them back if
   * that was made for smaller ones.
   *
   * @return {@code DONE} if it takes them, {@code NEVER} if they were set back, {@code LATER} if
   *     neither is certain
   * @throws KernelException if the loop driver rejects it
   * @throws UnreachableException if another file is attached now
   */
  Fit check(LoopDevice device, BackingFile backing) throws KernelException, UnreachableException;

  /** Reads the device's requests; empty if they cannot be read. */
  Optional<RequestCounters> requests(LoopDevice device);

  /**
   * Switches direct I/O on or off, if the device is still attached to this file. Blocks until the
   * dirty pages of the backing file are written.
   *
   * @throws KernelException if the loop driver rejects it, with EINVAL whatever the reason
   * @throws UnreachableException if another file is attached now
   */
  void set(LoopDevice device, BackingFile backing, boolean on)
      throws KernelException, UnreachableException;
}
