package io.fadvised;

import io.fadvised.linux.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file whose modification time is that of the last tick. Liveness probes without sd_notify, such
 * as a kubelet's, read it.
 */
final class HeartbeatFile {
  private static final Logger log = LoggerFactory.getLogger(HeartbeatFile.class);

  private final @Nullable Path file;
  private boolean failed;

  /**
   * @param file an absolute path, or null for no such file
   */
  HeartbeatFile(@Nullable String file) {
    this.file = file == null || !file.startsWith("/") ? null : Path.of(file);
  }

  /** Sets the modification time; returns false if there is no such file or it cannot be written. */
  boolean touch(Instant at) {
    if (file == null) {
      return false;
    }
    try {
      if (!Files.exists(file)) {
        Files.createFile(file);
      }
      Files.setLastModifiedTime(file, FileTime.from(at));
      failed = false;
      return true;
    } catch (IOException e) {
      if (!failed) {
        log.warn("cannot update the heartbeat file: {}", Failures.words(e));
      }
      failed = true;
      return false;
    }
  }
}
