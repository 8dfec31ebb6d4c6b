package io.fadvised;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeartbeatFileTest {
  private static final Instant START = Instant.parse("2025-03-01T10:00:00Z");

  @TempDir Path directory;

  @Test
  void fileHasTheTimeOfTheLastTouch() throws Exception {
    Path file = directory.resolve("heartbeat");
    HeartbeatFile heartbeat = new HeartbeatFile(file.toString());

    assertThat(heartbeat.touch(START)).isTrue();
    assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(START);
    assertThat(heartbeat.touch(START.plusSeconds(10))).isTrue();
    assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(START.plusSeconds(10));
  }

  @Test
  void fileIsTriedAgainAfterAFailedWrite() throws Exception {
    Path file = directory.resolve("later/heartbeat");
    HeartbeatFile heartbeat = new HeartbeatFile(file.toString());

    assertThat(heartbeat.touch(START)).isFalse();
    Files.createDirectory(file.getParent());

    assertThat(heartbeat.touch(START.plusSeconds(1))).isTrue();
    assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(START.plusSeconds(1));
  }

  @Test
  void relativePathMeansNoFile() {
    assertThat(new HeartbeatFile(null).touch(START)).isFalse();
    assertThat(new HeartbeatFile("heartbeat").touch(START)).isFalse();

    assertThat(Path.of("heartbeat")).doesNotExist();
  }
}
