package io.fadvised.cli;

import java.util.OptionalLong;

/** Formats ages for people: {@code 12 s}, {@code 5 min}, {@code 3 hours}. */
public final class Ages {
  /** From this age on minutes are shown, and at sixty times of it hours. */
  static final long SECONDS_FROM_MINUTES = 120;

  private Ages() {}

  /** Formats an age; an unknown one is {@code ?}. */
  public static String text(OptionalLong age) {
    if (age.isEmpty()) {
      return "?";
    }
    long seconds = age.getAsLong();
    if (seconds < SECONDS_FROM_MINUTES) {
      return seconds == 0 ? "<1 s" : seconds + " s";
    }
    long minutes = seconds / 60;
    return minutes < SECONDS_FROM_MINUTES ? minutes + " min" : minutes / 60 + " hours";
  }
}
