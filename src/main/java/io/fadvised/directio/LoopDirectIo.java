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
