package io.fadvised.engine;

import io.fadvised.policy.Reason;
import java.util.Locale;

/** The state of a device in fadvised; the {@link Reason} explains it. */
public enum DeviceState {
  /** Found, not measured yet. */
  NEW,
  /** In use, measured, evicted when due. */
  MANAGED,
  /** No I/O since the last sweep. */
  IDLE,
  /** Evictions are paused because evicted pages were read back. */
  PAUSED,
  /** Swept together with another device that has the same backing file. */
  SHARED,
  /** Uses direct I/O: nothing to do. */
  DIRECT,
  /** Left alone, as configured. */
  EXCLUDED,
  /** Its backing is a block device: nothing to do. */
  BLOCK_DEVICE,
  /** Its backing file lives in memory (tmpfs): nothing to do. */
  IN_MEMORY,
  /** Its backing file is deleted and out of reach. */
  DELETED,
  /** Its backing file is out of reach, or may not be measured. */
  UNREACHABLE,
  /** A sweep of it, or of another device on the same filesystem, is hung. */
  QUARANTINED,
  /** The last sweep failed. */
  FAILED;

  static DeviceState of(Reason.Code code) {
    return switch (code) {
      case NEW, CHANGED -> NEW;
      case OVER_ALLOWANCE,
          WITHIN_ALLOWANCE,
          NOTHING_TO_GAIN,
          SPARED,
          COMPRESSED,
          SKIPPED,
          DRY_RUN ->
          MANAGED;
      case PAUSED -> PAUSED;
      case SHARED -> SHARED;
      case IDLE -> IDLE;
      case DIRECT -> DIRECT;
      case EXCLUDED -> EXCLUDED;
      case BLOCK_DEVICE -> BLOCK_DEVICE;
      case IN_MEMORY -> IN_MEMORY;
      case DELETED -> DELETED;
      case UNREACHABLE, NOT_PERMITTED, UNMEASURABLE -> UNREACHABLE;
      case NOT_RESPONDING -> QUARANTINED;
      case FAILED -> FAILED;
    };
  }

  /** Returns the name in JSON, JMX and tables, such as {@code block-device}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
