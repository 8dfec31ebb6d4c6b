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
 * Reads a file over and over, and rewrites a part of it, each at a steady pace. Every block read is
 * compared with what was last written there.
 */
final class Load {
  private static final int BLOCK_BYTES = (int) MIB;

  private final Path file;
  private final long[] sums;
  private final byte[] pattern = new byte[BLOCK_BYTES];
  private final Set<Integer> unconfirmed = new HashSet<>();
  private int nextRead;
  private int nextWritten;
  private long generation;
  private volatile boolean stopped;

  /** Makes the file. */
  Load(Path file, int mebibytes) throws IOException {
    this.file = file;
    sums = new long[mebibytes];
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
   * Reads {@code readMebibytes} a second, rewrites {@code writtenMebibytes} of them, until stopped,
   * at the latest when the test ends.
   *
   * @return when it ends; with an {@link IOException} if the storage fails: {@link #checkConfirmed}
   *     knows what it owes then
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
          check(channel, nextRead++ % sums.length);
        }
        for (int i = 0; i < writtenMebibytes / 10; i++) {
          write(channel, nextWritten++ % sums.length);
        }
        channel.force(false); // or writeback would come in bursts of its own
        unconfirmed.clear();
        long ahead = start + TimeUnit.MILLISECONDS.toNanos(100 * tenth) - System.nanoTime();
        TimeUnit.NANOSECONDS.sleep(Math.max(0, ahead));
      }
    }
  }

  void stop() {
    stopped = true;
  }

  /** Reads all of it once more, from its device: what is cached above proves nothing. */
  void checkAll() throws IOException {
    DataFiles.evict(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      for (int block = 0; block < sums.length; block++) {
        check(channel, block);
      }
    }
  }

  /**
   * Reads all that the kernel had said to be on disk before its storage failed. The few blocks that
   * were on their way then are left out: each may be the old one, the new one or some of both.
   *
   * @return the number of blocks that were compared
   */
  int checkConfirmed() throws IOException {
    int compared = 0;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      for (int block = 0; block < sums.length; block++) {
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
    for (int page = 0; page < BLOCK_BYTES; page += 4096) { // no page is like another
      content.putLong(page, block).putLong(page + 8, generation);
    }
    generation++;
    sums[block] = sum(content.duplicate());
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
    if (sum(content.flip()) != sums[block]) {
      throw new AssertionError(file + " has lost what was written to block " + block);
    }
  }

  private static long sum(ByteBuffer content) {
    CRC32C sum = new CRC32C();
    sum.update(content);
    return sum.getValue();
  }
}
