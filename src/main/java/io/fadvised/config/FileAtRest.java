package io.fadvised.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A file that is written in place is not whole for a while, and what is there of it may well be a
 * configuration: an empty file is one. So one that nobody has written to for half a second is taken
 * for whole; a writer that pauses for longer is not seen, nor are the files that it includes.
 */
final class FileAtRest {
  private static final Duration REST = Duration.ofMillis(500);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(20);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Path file;
  private Optional<FileTime> writtenAt = Optional.empty();

  FileAtRest(Path file) {
    this.file = file;
  }

  /** Waits until it rests; false if it does not. */
  boolean await() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    writtenAt = writtenAt();
    while (writtenAt.isPresent() && isFresh(writtenAt.get())) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      LockSupport.parkNanos(LOOK_AGAIN.toNanos());
      writtenAt = writtenAt();
    }
    return true;
  }

  /** Whether it has been left alone since. */
  boolean isUnchanged() {
    return writtenAt.equals(writtenAt());
  }

  /** A time to come was written by another clock. */
  private static boolean isFresh(FileTime time) {
    long age = System.currentTimeMillis() - time.toMillis();
    return age >= 0 && age < REST.toMillis();
  }

  /** Empty if it cannot be told, which will show when it is read. */
  private Optional<FileTime> writtenAt() {
    try {
      return Optional.of(Files.getLastModifiedTime(file));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
