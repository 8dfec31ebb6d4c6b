package io.fadvised;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeartbeatFileTest {
  private static final Instant START = Instant.parse("2025-03-01T10:00:00Z");

  @TempDir Path folder;

  @Test
  void itIsAsOldAsALateTick() throws Exception {
    Path file = folder.resolve("heartbeat");
    HeartbeatFile heartbeat = new HeartbeatFile(file.toString());
    assertThat(file).doesNotExist();

    heartbeat.beat(START);
    assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(START);
    heartbeat.beat(START.plusSeconds(9)); // not worth a write
    assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(START);
    heartbeat.beat(START.plusSeconds(10));
    assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(START.plusSeconds(10));
    heartbeat.beat(START.minusSeconds(3600)); // the clock was set back
    assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(START.minusSeconds(3600));
  }

  @Test
  void aFileThatCannotBeWrittenIsTriedAgain() throws Exception {
    Path file = folder.resolve("later/heartbeat");
    HeartbeatFile heartbeat = new HeartbeatFile(file.toString());

    heartbeat.beat(START);
    Files.createDirectory(file.getParent());
    heartbeat.beat(START.plusSeconds(1));

    assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(START.plusSeconds(1));
  }

  @Test
  void withoutAnAbsolutePathThereIsNone() {
    new HeartbeatFile(null).beat(START);
    new HeartbeatFile("heartbeat").beat(START);

    assertThat(Path.of("heartbeat")).doesNotExist();
  }
}
