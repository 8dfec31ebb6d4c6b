package io.fadvised.cgroup;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.util.Arrays;

/**
 * Reads open files of the kernel from their beginning, with one buffer for all. A {@link
 * RandomAccessFile} survives the interrupt of its thread; a channel would be closed by it.
 */
final class TextReader {
  private byte[] buffer = new byte[4096];

  String text(RandomAccessFile file) throws IOException {
    file.seek(0);
    int length = 0;
    int count = file.read(buffer, 0, buffer.length);
    while (count > 0) {
      length += count;
      if (length == buffer.length) {
        buffer = Arrays.copyOf(buffer, 2 * buffer.length);
      }
      count = file.read(buffer, length, buffer.length - length);
    }
    return new String(buffer, 0, length, ISO_8859_1);
  }
}
