package io.fadvised.cli;

import java.util.Locale;

/** The rows of the table of {@code status}. */
enum Grouping {
  DEVICE,
  CONTAINER;

  /** Returns the value on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
