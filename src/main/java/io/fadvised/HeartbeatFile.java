package io.fadvised;

import io.fadvised.engine.EngineListener;
import io.fadvised.engine.EngineSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that is as old as the engine's last tick, give or take {@link #INTERVAL}: for those who
 * cannot be told, such as a kubelet, and look instead. Made at the first tick.
 */
final class HeartbeatFile implements EngineListener {
  private static final Logger log = LoggerFactory.getLogger(HeartbeatFile.class);
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private final @Nullable Path file;
  private @Nullable Instant toldAt;
  private boolean failed;

  /**
   * @param file an absolute path, or null for no such file
   */
  HeartbeatFile(@Nullable String file) {
    this.file = file == null || !file.startsWith("/") ? null : Path.of(file);
  }

  @Override
  public void ticked(EngineSnapshot snapshot) {
    beat(snapshot.at());
  }

  void beat(Instant at) {
    if (file == null
        || (toldAt != null && Duration.between(toldAt, at).abs().compareTo(INTERVAL) < 0)) {
      return;
    }
    try {
      touch(file, at);
      toldAt = at;
      failed = false;
    } catch (IOException e) {
      if (!failed) { // once is enough
        log.warn("the heartbeat file cannot be written: {}", e.toString());
      }
      failed = true;
    }
  }

  private static void touch(Path file, Instant at) throws IOException {
    if (!Files.exists(file)) {
      Files.createFile(file);
    }
    Files.setLastModifiedTime(file, FileTime.from(at));
  }
}
