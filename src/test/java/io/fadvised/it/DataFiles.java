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

/** Files with known content, and what is resident of them. */
final class DataFiles {
  static final long MIB = 1L << 20;

  private DataFiles() {}

  /** Writes a file of arbitrary, repeatable content; it is dirty then. */
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

  /** Writes a file and waits until it is on disk: resident and clean. */
  static Path writeClean(Path file, int mebibytes) {
    write(file, mebibytes);
    Commands.run("sync", file);
    return file;
  }

  /** Writes zeros over a part of a file; they are dirty then. */
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

  /** Makes a file of holes. */
  static Path sparse(Path file, long mebibytes) {
    Commands.run("truncate", "--size=" + mebibytes + "M", file);
    return file;
  }

  /** Reads a file from one end to the other; returns a checksum of it. */
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

  /** What fincore(1) says is resident. It needs a name that leads to the file. */
  static long residentBytes(Path file) {
    return Long.parseLong(Commands.run("fincore", "-b", "-n", "-o", "RES", file).strip());
  }

  /** Has dd(1) evict a file, dirty pages included. */
  static void evict(Path file) {
    Commands.run(
        "dd", "if=/dev/null", "count=0", "of=" + file, "oflag=nocache", "conv=notrunc,fdatasync");
  }
}
