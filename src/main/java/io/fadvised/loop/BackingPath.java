package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * A backing file's path as sysfs shows it: any bytes, newlines included, unescaped. It is only a
 * label and may lead to no file or to another one. The kernel prints it relative to the reader's
 * root, or from the top of its own mount tree if it lies outside of that root.
 *
 * @param raw the bytes, one per char
 */
public record BackingPath(String raw) {
  /** The suffix that d_path adds for a file without a name; a name can also end in it. */
  static final String DELETED_MARK = " (deleted)";

  /** Parses the content of {@code loop/backing_file}: d_path and exactly one newline. */
  public static BackingPath ofSysfs(byte[] content) {
    int length = content.length;
    if (length > 0 && content[length - 1] == '\n') {
      length--;
    }
    return new BackingPath(new String(content, 0, length, ISO_8859_1));
  }

  /** Encodes a path in UTF-8. */
  public static BackingPath of(String text) {
    return new BackingPath(new String(text.getBytes(UTF_8), ISO_8859_1));
  }

  public byte[] bytes() {
    return raw.getBytes(ISO_8859_1);
  }

  /** The path as text; bytes that are not UTF-8 become U+FFFD. */
  public String text() {
    return new String(bytes(), UTF_8);
  }

  /**
   * The path as text for patterns: without the mark of a deleted file, so that a pattern still
   * matches after the file is deleted.
   */
  public String matchingText() {
    String text = text();
    return text.endsWith(DELETED_MARK)
        ? text.substring(0, text.length() - DELETED_MARK.length())
        : text;
  }

  /** The path on one line, safe for a terminal or a journal: see {@link Printable}. */
  @Override
  public String toString() {
    return Printable.of(text());
  }
}
