package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

/**
 * Reads a file repeatedly and rewrites a part of it, each at a constant rate. Compares every block
 * read with the data last written there.
 */
final class Load {
  private static final int BLOCK_BYTES = (int) MIB;

  private final Path file;
  private final long[] checksums;
  private final byte[] pattern = new byte[BLOCK_BYTES];
  private final Set<Integer> unconfirmed = new HashSet<>();
  private int nextRead;
  private int nextWritten;
  private long generation;
  private volatile boolean stopped;

  /** Creates the file. */
  Load(Path file, int mebibytes) throws IOException {
    this.file = file;
    checksums = new long[mebibytes];
    new Random(1).nextBytes(pattern);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int block = 0; block < mebibytes; block++) {
        write(channel, block);
      }
      channel.force(true);
      unconfirmed.clear();
    }
  }

  /**
   * Reads {@code readMebibytes} a second and rewrites {@code writtenMebibytes} of them, until it is
   * stopped or the test ends.
   *
   * @return completes at the end, with an {@link IOException} if the storage fails; {@link
   *     #checkConfirmed} then checks the synced blocks
   */
  CompletableFuture<Void> start(Scratch scratch, int readMebibytes, int writtenMebibytes) {
    CompletableFuture<Void> ended =
        CompletableFuture.runAsync(
            () -> {
              try {
                run(readMebibytes, writtenMebibytes);
              } catch (IOException | InterruptedException e) {
                throw new CompletionException(e);
              }
            });
    scratch.later(
        () -> {
          stop();
          ended.exceptionally(alreadyTold -> null).get();
        });
    return ended;
  }

  private void run(int readMebibytes, int writtenMebibytes)
      throws IOException, InterruptedException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long start = System.nanoTime();
      for (long tenth = 1; !stopped; tenth++) {
        for (int i = 0; i < readMebibytes / 10; i++) {
          check(channel, nextRead++ % checksums.length);
        }
        for (int i = 0; i < writtenMebibytes / 10; i++) {
          write(channel, nextWritten++ % checksums.length);
        }
        channel.force(false); // avoids bursts of writeback
        unconfirmed.clear();
        long ahead = start + TimeUnit.MILLISECONDS.toNanos(100 * tenth) - System.nanoTime();
        TimeUnit.NANOSECONDS.sleep(Math.max(0, ahead));
      }
    }
  }

  void stop() {
    stopped = true;
  }

  /** Evicts the upper cache and checks all blocks from the device. */
  void checkAll() throws IOException {
    DataFiles.evict(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      for (int block = 0; block < checksums.length; block++) {
        check(channel, block);
      }
    }
  }

  /**
   * Checks the blocks that were synced before the storage failed. Skips the few blocks in flight,
   * which may be old, new or a mixture.
   *
   * @return the number of blocks checked
   */
  int checkConfirmed() throws IOException {
    int compared = 0;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      for (int block = 0; block < checksums.length; block++) {
        if (!unconfirmed.contains(block)) {
          check(channel, block);
          compared++;
        }
      }
    }
    return compared;
  }

  private void write(FileChannel channel, int block) throws IOException {
    unconfirmed.add(block);
    ByteBuffer content = ByteBuffer.wrap(pattern);
    for (int page = 0; page < BLOCK_BYTES; page += 4096) { // each page differs
      content.putLong(page, block).putLong(page + 8, generation);
    }
    generation++;
    checksums[block] = sum(content.duplicate());
    while (content.hasRemaining()) {
      channel.write(content, block * MIB + content.position());
    }
  }

  private void check(FileChannel channel, int block) throws IOException {
    ByteBuffer content = ByteBuffer.allocate(BLOCK_BYTES);
    while (content.hasRemaining()) {
      if (channel.read(content, block * MIB + content.position()) < 0) {
        throw new AssertionError(file + " ends in block " + block);
      }
    }
    if (sum(content.flip()) != checksums[block]) {
      throw new AssertionError(file + " has lost what was written to block " + block);
    }
  }

  private static long sum(ByteBuffer content) {
    CRC32C sum = new CRC32C();
    sum.update(content);
    return sum.getValue();
  }
}
