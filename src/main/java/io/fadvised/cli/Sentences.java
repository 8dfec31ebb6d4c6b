package io.fadvised.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Describes unexpected exceptions in one line. */
final class Sentences {
  private Sentences() {}

  static String of(Throwable failure) {
    if (failure instanceof AccessDeniedException denied) {
      return denied.getFile() + ": permission denied";
    }
    if (failure instanceof NoSuchFileException missing) {
      return missing.getFile() + ": no such file";
    }
    if (failure instanceof FileSystemException other && other.getReason() != null) {
      return other.getFile() + ": " + other.getReason();
    }
    String message = failure.getMessage();
    if (failure instanceof IOException && message != null) {
      return firstLine(message);
    }
    String words = message == null || message.isBlank() ? "" : ": " + firstLine(message);
    return failure.getClass().getSimpleName() + words;
  }

  private static String firstLine(String message) {
    return message.strip().lines().findFirst().orElse("");
  }
}
