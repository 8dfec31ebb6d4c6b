package io.fadvised.engine;

/**
 * The kinds of entries in the journal. Their identifiers are those in {@code
 * systemd/fadvised.catalog}, and never change. They are constants of the compiler, so that this
 * class is never loaded.
 */
public final class MessageIds {
  /** The daemon was started. */
  public static final String STARTED = "bf2d57611d7b4d1c85a856df0ab91a09";

  /** The daemon was stopped. */
  public static final String STOPPED = "7d8c690e5dbf4ca1bb2cd7bd79499271";

  /** The configuration was read again. */
  public static final String RELOADED = "9f9bdcbd71eb4666a394a4bd1ac10154";

  /** A new configuration is invalid. */
  public static final String RELOAD_REJECTED = "ab3e7684f93e48c88ba7787bfb1d6627";

  /** A device was attached, or was there at the start. */
  public static final String DEVICE_FOUND = "5a176c0924b9418fbcf15a577b76c786";

  /** A device was detached. */
  public static final String DEVICE_GONE = "c03e1cdd3ee74b578079d43fc90a1320";

  /** A backing file cannot be measured. */
  public static final String DEVICE_OUT_OF_REACH = "67649d64ba6c44a48220e021bd17cd53";

  /** A hung device responds again. */
  public static final String DEVICE_RESPONDS = "a148c31c844842959fd74574976a1d76";

  /** Evicted pages were read back too often. */
  public static final String EVICTION_PAUSED = "33e5fb70d3044bcc92c7aef018231547";

  /** The availability of direct I/O changed, or the switch. */
  public static final String DIRECT_IO = "0277c496bd23449181cf2c88508a5647";

  /** The evictions of a minute. */
  public static final String EVICTED = "b7b7fb5a0457418cadc56ea1a238af3b";

  /** Memory is short. */
  public static final String PRESSURE_BEGAN = "ca37fcb1fcde40a7b18bbaff54e57101";

  /** Memory is no longer short. */
  public static final String PRESSURE_ENDED = "8b3709be85e44362827d0b04fe2ac6d5";

  private MessageIds() {}
}
