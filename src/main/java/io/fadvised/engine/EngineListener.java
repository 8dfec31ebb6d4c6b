package io.fadvised.engine;

import io.fadvised.policy.Reason;

/**
 * Hears what the engine did. Called on the engine's thread: return soon. An exception is logged and
 * costs nothing else.
 */
public interface EngineListener {
  /** A device was found, or attached anew. */
  default void appeared(DeviceReport device) {}

  /** A device is gone. */
  default void disappeared(String device) {}

  /** A device was swept. */
  default void swept(SweepReport sweep) {}

  /** A device was due and left alone without a sweep. */
  default void skipped(String device, Reason reason) {}

  /** A device's reason is of another kind than before. */
  default void changed(DeviceReport device) {}

  /** There is news of a device's direct I/O, see {@link DeviceReport#directIo}. */
  default void directIo(DeviceReport device) {}

  /** Something on the host could not be read; the engine goes on with what it has. */
  default void hostProblem(String message) {}

  /** A tick has ended. */
  default void ticked(EngineSnapshot snapshot) {}
}
