package io.fadvised.cli.cure;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;

/** A file of configuration that is written once, and never over another one. */
public record RuleFile(Path path, List<String> lines) {
  public RuleFile {
    lines = List.copyOf(lines);
  }

  private byte[] content() {
    return (String.join("\n", lines) + "\n").getBytes(UTF_8);
  }

  /**
   * Returns whether the file is there with this content.
   *
   * @throws FileAlreadyExistsException if there is one with another content
   */
  public boolean isInstalled() throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
        && Files.size(path) == content().length
        && Arrays.equals(Files.readAllBytes(path), content())) {
      return true;
    }
    throw new FileAlreadyExistsException(path.toString());
  }

  /** Writes the file, so that it is complete whenever it is there. */
  public void install() throws IOException {
    Path draft = Files.createTempFile(path.getParent(), ".fadvised-", ".tmp"); // no name of a rule
    try {
      try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(content());
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rw-r--r--"));
        channel.force(true);
      }
      Files.createLink(path, draft); // fails if the path exists
    } finally {
      Files.delete(draft);
    }
  }
}
