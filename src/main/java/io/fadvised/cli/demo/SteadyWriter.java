package io.fadvised.cli.demo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Random;

/** Writes a file in 12 steps and reports each. */
final class SteadyWriter {
  private static final int STEPS = 12;
  private static final int BLOCK_BYTES = 1 << 20;

  /** On a slow disk the file is smaller. */
  private static final Duration MAX_TIME = Duration.ofSeconds(6);

  /** Called after each step with the bytes written so far. */
  @FunctionalInterface
  interface Watcher {
    void written(long bytes) throws IOException, InterruptedException;
  }

  private final boolean synced;

  /**
   * @param synced whether to call fsync after each step
   */
  SteadyWriter(boolean synced) {
    this.synced = synced;
  }

  /**
   * Writes a new file, in whole MiB.
   *
   * @param wantedBytes size of the file, more than 12 MiB; writing stops after 6 s
   * @return bytes written
   */
  long write(Path file, long wantedBytes, Watcher watcher)
      throws IOException, InterruptedException {
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
    fill(block);
    long start = System.nanoTime();
    long stepBytes = wantedBytes / STEPS / BLOCK_BYTES * BLOCK_BYTES;
    long written = 0;
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int i = 0; i < STEPS && System.nanoTime() - start < MAX_TIME.toNanos(); i++) {
        written += append(channel, block, stepBytes);
        watcher.written(written);
      }
    }
    return written;
  }

  private long append(FileChannel channel, ByteBuffer block, long bytes) throws IOException {
    long written = 0;
    while (written < bytes) {
      block.clear();
      while (block.hasRemaining()) {
        written += channel.write(block);
      }
    }
    if (synced) {
      channel.force(true);
    }
    return written;
  }

  /** Avoids zeros, which some filesystems do not store. */
  private static void fill(ByteBuffer block) {
    Random random = new Random(1);
    while (block.hasRemaining()) {
      block.putLong(random.nextLong());
    }
  }
}
