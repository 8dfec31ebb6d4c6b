package io.fadvised.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits until a file is complete. A file that is written in place is incomplete for a while, and
 * its first half may be a valid configuration. A file counts as complete 500 ms after its last
 * modification; included files are not checked.
 */
final class FileAtRest {
  private static final Duration REST = Duration.ofMillis(500);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(20);
  private static final Duration MAX_WAIT = Duration.ofSeconds(5);

  private final Path file;
  private Optional<FileTime> writtenAt = Optional.empty();

  FileAtRest(Path file) {
    this.file = file;
  }

  /** Waits until the file is complete; returns false after 5 s. */
  boolean await() {
    long end = System.nanoTime() + MAX_WAIT.toNanos();
    writtenAt = writtenAt();
    while (writtenAt.isPresent() && isFresh(writtenAt.get())) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      LockSupport.parkNanos(POLL_INTERVAL.toNanos());
      writtenAt = writtenAt();
    }
    return true;
  }

  /** Returns whether the file was not modified since {@link #await}. */
  boolean isUnchanged() {
    return writtenAt.equals(writtenAt());
  }

  /** A time in the future comes from another clock. */
  private static boolean isFresh(FileTime time) {
    long age = System.currentTimeMillis() - time.toMillis();
    return age >= 0 && age < REST.toMillis();
  }

  /** Empty if it cannot be read; reading the file will report that. */
  private Optional<FileTime> writtenAt() {
    try {
      return Optional.of(Files.getLastModifiedTime(file));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
