package io.fadvised.prometheus;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;

/** The file for node_exporter's textfile collector. Readers find the old or the new text. */
final class TextFile {
  private static final int BUFFER_BYTES = 64 << 10;
  private static final String MODE = "rw-r--r--";

  private final Path file;
  private final Path temporary;

  TextFile(Path file) {
    this.file = file;
    temporary = file.resolveSibling("." + file.getFileName() + ".tmp");
  }

  Path file() {
    return file;
  }

  /** Writes a temporary file, and follows no symbolic link that is found there. */
  void write(Exposition exposition) throws IOException {
    Files.deleteIfExists(temporary);
    try (OutputStream out =
        new BufferedOutputStream(
            Files.newOutputStream(
                temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            BUFFER_BYTES)) {
      exposition.writeTo(out);
      Files.getFileAttributeView(temporary, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setPermissions(PosixFilePermissions.fromString(MODE));
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Deletes the file, so that nobody reads metrics that are no longer written. */
  void delete() throws IOException {
    Files.deleteIfExists(temporary);
    Files.deleteIfExists(file);
  }
}
