package io.fadvised.cli.demo;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Makes a mounted ext4 on a buffered loop device in a {@link Workbench}. */
final class LoopMaker {
  private static final List<String> NEEDED = List.of("losetup", "mkfs.ext4", "mount", "umount");

  private final Workbench bench;
  private final Tools tools;
  private final int userId;

  LoopMaker(Workbench bench, Tools tools, int userId) {
    this.bench = bench;
    this.tools = tools;
    this.userId = userId;
  }

  /**
   * Makes it all.
   *
   * @return the loop device's name
   * @throws NoLoopDeviceException with the reason if this host does not let us
   */
  String make(long sizeBytes) throws NoLoopDeviceException, IOException, InterruptedException {
    requireMeans();
    try (RandomAccessFile image = new RandomAccessFile(bench.image().toFile(), "rw")) {
      image.setLength(sizeBytes);
    }
    Files.createDirectory(bench.mountPoint());
    String device = attach();
    format(device);
    mount(device);
    return device;
  }

  private void requireMeans() throws NoLoopDeviceException {
    if (userId != 0) {
      throw new NoLoopDeviceException("requires root");
    }
    if (!Files.exists(Path.of("/dev/loop-control")) && !Files.exists(Path.of("/dev/loop0"))) {
      throw new NoLoopDeviceException("no /dev/loop-control (is the kernel module loop loaded?)");
    }
    for (String program : NEEDED) {
      if (tools.find(program).isEmpty()) {
        throw new NoLoopDeviceException(program + " is not installed");
      }
    }
  }

  private String attach() throws NoLoopDeviceException, IOException, InterruptedException {
    try {
      tools.run("losetup", "--find", "--direct-io=off", bench.image().toString());
    } catch (IOException e) {
      attachTheOldWay(e);
    }
    List<String> attached = bench.attached();
    if (attached.size() != 1) {
      throw new NoLoopDeviceException("losetup attached no device that /sys shows");
    }
    return attached.get(0);
  }

  /** Before util-linux 2.27 there was no --direct-io, and buffered was the only way. */
  private void attachTheOldWay(IOException first)
      throws NoLoopDeviceException, InterruptedException {
    if (!String.valueOf(first.getMessage()).contains("direct-io")) {
      throw new NoLoopDeviceException("attach failed", first);
    }
    try {
      tools.run("losetup", "--find", bench.image().toString());
    } catch (IOException e) {
      throw new NoLoopDeviceException("attach failed", e);
    }
  }

  /** No work is left to the kernel for later: it would stir what is shown. */
  private void format(String device) throws NoLoopDeviceException, InterruptedException {
    try {
      tools.runKillable(
          "mkfs.ext4",
          "-q",
          "-F",
          "-m",
          "0",
          "-N",
          "64",
          "-E",
          "nodiscard,lazy_itable_init=0,lazy_journal_init=0",
          "/dev/" + device);
    } catch (IOException e) {
      throw new NoLoopDeviceException("mkfs.ext4 failed", e);
    }
  }

  private void mount(String device) throws NoLoopDeviceException, InterruptedException {
    try {
      tools.run("mount", "-t", "ext4", "/dev/" + device, bench.mountPoint().toString());
    } catch (IOException e) {
      throw new NoLoopDeviceException("mount failed", e);
    }
  }
}
