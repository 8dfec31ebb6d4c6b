package io.fadvised.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.zip.CRC32C;

/** Makes files with known content and measures them. */
final class DataFiles {
  static final long MIB = 1L << 20;

  private DataFiles() {}

  /** Writes a file of random, repeatable content, which is dirty afterwards. */
  static Path write(Path file, int mebibytes) {
    Random random = new Random(mebibytes);
    byte[] block = new byte[(int) MIB];
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int i = 0; i < mebibytes; i++) {
        random.nextBytes(block);
        ByteBuffer buffer = ByteBuffer.wrap(block);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      }
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a file and syncs it, so that it is resident and clean. */
  static Path writeClean(Path file, int mebibytes) {
    write(file, mebibytes);
    Commands.run("sync", file);
    return file;
  }

  /** Overwrites a part of a file with zeros, which are dirty afterwards. */
  static void writeZeros(Path file, long atMebibyte, int mebibytes) {
    Commands.run(
        "dd",
        "if=/dev/zero",
        "of=" + file,
        "bs=1M",
        "seek=" + atMebibyte,
        "count=" + mebibytes,
        "conv=notrunc");
  }

  /** Makes a file without allocated blocks. */
  static Path sparse(Path file, long mebibytes) {
    Commands.run("truncate", "--size=" + mebibytes + "M", file);
    return file;
  }

  /** Reads a file in order and returns its checksum. */
  static long read(Path file) {
    CRC32C sum = new CRC32C();
    byte[] buffer = new byte[(int) MIB];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        sum.update(buffer, 0, n);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sum.getValue();
  }

  /** Returns the resident bytes according to fincore(1), which needs a path. */
  static long residentBytes(Path file) {
    return Long.parseLong(Commands.run("fincore", "-b", "-n", "-o", "RES", file).strip());
  }

  /** Evicts a file with dd(1), including dirty pages. */
  static void evict(Path file) {
    Commands.run(
        "dd", "if=/dev/null", "count=0", "of=" + file, "oflag=nocache", "conv=notrunc,fdatasync");
  }
}
