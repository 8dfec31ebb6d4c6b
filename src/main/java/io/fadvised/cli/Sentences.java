package io.fadvised.cli;

import io.fadvised.linux.Failures;
import java.io.IOException;

/** Describes unexpected exceptions in one line. */
final class Sentences {
  private Sentences() {}

  static String of(Throwable failure) {
    if (failure instanceof IOException io) {
      return firstLine(Failures.words(io));
    }
    String message = failure.getMessage();
    String words = message == null || message.isBlank() ? "" : ": " + firstLine(message);
    return failure.getClass().getSimpleName() + words;
  }

  private static String firstLine(String message) {
    return message.strip().lines().findFirst().orElse("");
  }
}
