package io.fadvised.cli.demo;

import io.fadvised.cli.Programs;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Creates a mounted ext4 on a buffered loop device in a {@link Workbench}. */
final class LoopMaker {
  private static final List<String> NEEDED = List.of("losetup", "mkfs.ext4", "mount", "umount");

  private final Workbench bench;
  private final Programs programs;
  private final int userId;

  LoopMaker(Workbench bench, Programs programs, int userId) {
    this.bench = bench;
    this.programs = programs;
    this.userId = userId;
  }

  /**
   * Creates the backing file, the device, the filesystem and the mount.
   *
   * @return the name of the loop device
   * @throws NoLoopDeviceException if the host does not allow it
   */
  String make(long sizeBytes) throws NoLoopDeviceException, IOException, InterruptedException {
    requirePrerequisites();
    try (RandomAccessFile image = new RandomAccessFile(bench.image().toFile(), "rw")) {
      image.setLength(sizeBytes);
    }
    Files.createDirectory(bench.mountPoint());
    String device = attach();
    format(device);
    mount(device);
    return device;
  }

  private void requirePrerequisites() throws NoLoopDeviceException {
    if (userId != 0) {
      throw new NoLoopDeviceException("requires root");
    }
    if (!Files.exists(Path.of("/dev/loop-control")) && !Files.exists(Path.of("/dev/loop0"))) {
      throw new NoLoopDeviceException("no /dev/loop-control (is the kernel module loop loaded?)");
    }
    for (String program : NEEDED) {
      if (programs.find(program).isEmpty()) {
        throw new NoLoopDeviceException(program + " is not installed");
      }
    }
  }

  /**
   * Attaches without --direct-io: buffered is losetup's default, and the option fails in util-linux
   * before 2.27 and, with the device left attached, before Linux 4.4.
   */
  private String attach() throws NoLoopDeviceException, IOException, InterruptedException {
    try {
      programs.run("losetup", "--find", bench.image().toString());
    } catch (IOException e) {
      throw new NoLoopDeviceException("attach failed", e);
    }
    List<String> attached = bench.attached();
    if (attached.size() != 1) {
      throw new NoLoopDeviceException("losetup attached no device that /sys shows");
    }
    return attached.get(0);
  }

  /** Disables lazy initialization, whose later writes would change the figures. */
  private void format(String device) throws NoLoopDeviceException, InterruptedException {
    try {
      programs.runKillable(
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
      programs.run("mount", "-t", "ext4", "/dev/" + device, bench.mountPoint().toString());
    } catch (IOException e) {
      throw new NoLoopDeviceException("mount failed", e);
    }
  }
}
