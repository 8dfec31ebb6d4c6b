package io.fadvised.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reduces the memory of the host by reserving huge pages. A shell frees them when its input closes,
 * even if this JVM is killed.
 */
final class NarrowMemory {
  static final String RESERVED = "/proc/sys/vm/nr_hugepages";

  private static final long MIN_REST_BYTES = 1536L << 20;

  private NarrowMemory() {}

  /** Leaves about {@code restBytes} available until the test ends. */
  static void leave(long restBytes, Scratch scratch) throws IOException {
    if (restBytes < MIN_REST_BYTES) {
      throw new IllegalArgumentException("too little for the host: " + restBytes + " bytes");
    }
    String before = Files.readString(Path.of(RESERVED)).strip();
    Process guard =
        Commands.builder(
                "sh", "-c", "trap '' INT TERM HUP; read x; echo " + before + " >" + RESERVED)
            .start();
    scratch.later(
        () -> {
          guard.outputWriter().close();
          if (guard.waitFor() != 0) {
            throw new AssertionError(RESERVED + " could not be set back to " + before);
          }
        });
    long pages = (bytesOf("MemAvailable:") - restBytes) / bytesOf("Hugepagesize:");
    if (pages > 0) {
      reserve(Long.parseLong(before) + pages);
    }
  }

  static long freeBytes() {
    return bytesOf("MemFree:");
  }

  private static void reserve(long pages) {
    try {
      Files.writeString(Path.of(RESERVED), Long.toString(pages));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long bytesOf(String key) {
    try {
      return Files.readAllLines(Path.of("/proc/meminfo")).stream()
          .filter(line -> line.startsWith(key))
          .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
