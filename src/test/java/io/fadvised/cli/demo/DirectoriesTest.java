package io.fadvised.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoriesTest {
  @TempDir private Path directory;
  private final StringWriter out = new StringWriter();

  @Test
  void usableDirectoryIsChosen() throws IOException {
    Assumptions.assumeFalse(
        Files.getFileStore(directory).type().equals("tmpfs"),
        "the temporary directory is on tmpfs");

    assertThat(directories().choose(directory)).isEqualTo(directory);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void unusableDirectoryIsReported() throws IOException {
    Path missing = directory.resolve("missing");

    assertThatIOException()
        .isThrownBy(() -> directories().choose(missing))
        .withMessageContaining("--dir");
    assertThat(out.toString()).contains(missing + " is not a directory");
  }

  private Directories directories() {
    return new Directories(new PrintWriter(out), List.of());
  }
}
