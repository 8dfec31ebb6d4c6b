package io.fadvised.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** An ext4 on a buffered loop device, mounted. */
final class LoopDisk {
  private static final int SIZE_MIB = 96;

  final Path image;
  final Path mountPoint;
  final String device;

  LoopDisk(Path folder) throws IOException, InterruptedException {
    image = folder.resolve("disk with blanks.img");
    mountPoint = Files.createDirectory(folder.resolve("a mount point"));
    Shell.run("truncate", "--size", SIZE_MIB + "M", image);
    device = Shell.run("losetup", "--find", "--show", image);
    // Blocks of a page: cachestat counts a page that is written in part, mincore does not.
    String options = "lazy_itable_init=0,lazy_journal_init=0";
    Shell.run("mkfs.ext4", "-q", "-b", "4096", "-E", options, device);
    Shell.run("mount", "-t", "ext4", device, mountPoint);
  }

  /** Returns the name without {@code /dev/}. */
  String name() {
    return device.substring("/dev/".length());
  }

  /** Writes a file and waits until it is in the backing file on disk. */
  Path write(String name, int mib) throws IOException {
    Path file = mountPoint.resolve(name);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      ByteBuffer block = ByteBuffer.allocate(1 << 20);
      for (int i = 0; i < mib; i++) {
        block.put(0, (byte) (i + 1)).clear();
        channel.write(block);
      }
      channel.force(true);
    }
    return file;
  }

  /** Measures with fincore(1), independently of fadvised. */
  static long residentBytes(Path file) throws IOException, InterruptedException {
    return Long.parseLong(Shell.run("fincore", "--bytes", "--noheadings", "--output", "RES", file));
  }

  /** Reads the backing file twice, so that its pages are not the first to be reclaimed. */
  void warmTheLowerCopy() throws IOException, InterruptedException {
    for (int i = 0; i < 2; i++) {
      Shell.run("dd", "if=" + image, "of=/dev/null", "bs=1M");
    }
  }

  void remove() throws IOException, InterruptedException {
    Shell.run("umount", mountPoint);
    Shell.run("losetup", "--detach", device);
  }
}
