package io.fadvised.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.codahale.metrics.MetricRegistry;
import io.fadvised.loop.LoopMountPoints;
import io.fadvised.metrics.EngineMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextFileTest {
  @TempDir private Path directory;
  private Path path;
  private TextFile file;
  private Exposition exposition;

  @BeforeEach
  void create() {
    path = directory.resolve("fadvised.prom");
    file = new TextFile(path);
    exposition = exposition(new EngineMetrics(new MetricRegistry()), directory);
  }

  static Exposition exposition(EngineMetrics metrics, Path procRoot) {
    return new Exposition(
        metrics,
        () -> metrics.snapshot().orElseThrow(),
        new LoopMountPoints(procRoot, procRoot),
        "1.2.3",
        Instant.EPOCH);
  }

  @Test
  void fileIsReplacedAsAWholeAndReadableByAll() throws IOException {
    Files.writeString(path, "old");
    try (var reader = Files.newBufferedReader(path)) {
      file.write(exposition);

      assertThat(reader.readLine()).isEqualTo("old");
    }
    assertThat(path).content().contains("fadvised_build_info{version=\"1.2.3\"} 1");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-r--r--");
    assertThat(directory).isDirectoryNotContaining(entry -> !entry.equals(path));
  }

  @Test
  void linkAtTheTemporaryNameIsNotFollowed() throws IOException {
    Path victim = Files.writeString(directory.resolve("victim"), "untouched");
    Files.setPosixFilePermissions(victim, PosixFilePermissions.fromString("rw-------"));
    Files.createSymbolicLink(directory.resolve(".fadvised.prom.tmp"), victim);

    file.write(exposition);

    assertThat(victim).hasContent("untouched");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(victim)))
        .isEqualTo("rw-------");
    assertThat(path).isRegularFile();
  }

  @Test
  void missingDirectoryIsReported() {
    TextFile elsewhere = new TextFile(directory.resolve("missing/fadvised.prom"));

    assertThatExceptionOfType(IOException.class).isThrownBy(() -> elsewhere.write(exposition));
  }

  @Test
  void deletedFileMayBeMissing() throws IOException {
    file.write(exposition);

    file.delete();
    file.delete();

    assertThat(directory).isEmptyDirectory();
  }
}
