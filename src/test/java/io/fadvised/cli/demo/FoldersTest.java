package io.fadvised.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoldersTest {
  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();

  @Test
  void theFolderWantedIsTakenIfItWillDo() throws IOException {
    Assumptions.assumeFalse(
        Folders.filesystem(folder).equals("tmpfs"), "the temporary folder is on tmpfs");

    assertThat(folders().choose(folder)).isEqualTo(folder);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aFolderThatWillNotDoIsSaidSo() throws IOException {
    Path missing = folder.resolve("missing");

    assertThatIOException()
        .isThrownBy(() -> folders().choose(missing))
        .withMessageContaining("--dir");
    assertThat(out.toString()).contains(missing + " is not a directory");
  }

  private Folders folders() {
    return new Folders(new PrintWriter(out), List.of());
  }
}
