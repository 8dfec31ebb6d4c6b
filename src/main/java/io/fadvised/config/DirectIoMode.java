package io.fadvised.config;

/** The values of {@code fadvised.direct-io}, for loop devices without direct I/O. */
public enum DirectIoMode {
  /** Report whether direct I/O is available. */
  REPORT,
  /** Switch it on; evict where that fails. */
  ENABLE,
  /** Evict; report nothing about direct I/O. */
  IGNORE
}
