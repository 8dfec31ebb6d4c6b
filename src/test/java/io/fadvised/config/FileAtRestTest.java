package io.fadvised.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class FileAtRestTest {
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = Files.writeString(directory.resolve("fadvised.conf"), "");
  }

  @Test
  void newFileIsAwaited() throws Exception {
    long start = System.nanoTime();
    setWritten(Duration.ofMillis(300));

    assertThat(new FileAtRest(file).await()).isTrue();

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(150));
  }

  @Test
  void oldFileAndFileFromTheFutureAreNotAwaited() throws Exception {
    for (Duration age : new Duration[] {Duration.ofHours(1), Duration.ofHours(-1)}) {
      setWritten(age);
      long start = System.nanoTime();

      assertThat(new FileAtRest(file).await()).isTrue();

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(400));
    }
  }

  @Test
  void laterWriteIsDetected() throws Exception {
    setWritten(Duration.ofHours(1));
    FileAtRest atRest = new FileAtRest(file);
    atRest.await();
    assertThat(atRest.isUnchanged()).isTrue();

    setWritten(Duration.ofMinutes(59));
    assertThat(atRest.isUnchanged()).isFalse();
  }

  private void setWritten(Duration ago) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(ago)));
  }
}
