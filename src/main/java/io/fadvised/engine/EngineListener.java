package io.fadvised.engine;

import io.fadvised.policy.Reason;

/**
 * Receives the engine's events on the engine's thread, and should return soon. An exception is
 * logged and has no other effect.
 */
public interface EngineListener {
  /** A device was found, or attached again. */
  default void appeared(DeviceReport device) {}

  /** A device is gone. */
  default void disappeared(String device) {}

  /** A device was swept. */
  default void swept(SweepReport sweep) {}

  /** A device was due and was skipped. */
  default void skipped(String device, Reason reason) {}

  /** The reason code of a device changed. */
  default void changed(DeviceReport device) {}

  /** The direct I/O text of a device changed, see {@link DeviceReport#directIo}. */
  default void directIo(DeviceReport device) {}

  /** A file of the host could not be read; the engine keeps the last values. */
  default void hostProblem(String message) {}

  /** A tick has ended. */
  default void ticked(EngineSnapshot snapshot) {}

  /** Devices were measured between two ticks. */
  default void measured(EngineSnapshot snapshot) {}
}
