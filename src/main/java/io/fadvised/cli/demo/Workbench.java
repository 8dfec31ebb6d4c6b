package io.fadvised.cli.demo;

import io.fadvised.cli.Programs;
import io.fadvised.linux.Failures;
import io.fadvised.loop.BackingPath;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.LoopDevices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A scratch directory with a backing file, a loop device on it and a mount. {@link #close} removes
 * them in any state. It asks the kernel for devices and mounts of this directory, so it also finds
 * those of a program that was killed halfway. The directory is new and private to its owner, so
 * nothing else is touched.
 */
final class Workbench implements AutoCloseable {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private static final int MAX_RETRIES = 15;
  private static final long RETRY_MILLIS = 200;

  private final Path directory;
  private final Programs programs;
  private final LoopDevices scanner;
  private List<String> leftovers = List.of();
  private boolean made;
  private boolean closed;

  private Workbench(Path directory, Programs programs, LoopDevices scanner) {
    this.directory = directory;
    this.programs = programs;
    this.scanner = scanner;
  }

  /** Chooses a name; {@link #make} creates it after the cleanup is registered. */
  static Workbench in(Path parent, Programs programs, LoopDevices scanner) throws IOException {
    String name = Long.toUnsignedString(new SecureRandom().nextLong(), 36);
    return new Workbench(parent.toRealPath().resolve("fadvised-demo-" + name), programs, scanner);
  }

  /** Creates the directory, accessible to its owner only. */
  synchronized void make() throws IOException {
    if (closed) {
      throw new IllegalStateException(directory + " was cleaned up already");
    }
    Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    made = true;
  }

  /** Returns the path of the backing file. */
  Path image() {
    return directory.resolve("disk.img");
  }

  Path mountPoint() {
    return directory.resolve("mnt");
  }

  /** Returns the path of the file on the mounted filesystem. */
  Path upperFile() {
    return mountPoint().resolve("data");
  }

  /** Returns the path of the file that is used without a loop device. */
  Path plainFile() {
    return directory.resolve("data");
  }

  /** Returns the loop devices on the backing file: one, unless a program failed halfway. */
  List<String> attached() throws IOException {
    BackingPath ours = BackingPath.of(image().toString());
    return scanner.scan(Map.of()).devices().stream()
        .filter(device -> device.backingPath().equals(ours))
        .map(LoopDevice::name)
        .toList();
  }

  /** Returns failures of {@link #close}, each with the command that cleans up. */
  synchronized List<String> leftovers() {
    return leftovers;
  }

  /** Removes everything. Thread-safe; further calls have no effect. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (!made) {
      return;
    }
    boolean interrupted = Thread.interrupted(); // the cleanup must complete
    leftovers = undo();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private List<String> undo() {
    List<String> left = new ArrayList<>();
    try {
      unmount();
      detach();
      delete();
    } catch (IOException e) {
      left.add(Failures.words(e) + "; undo it with: " + undoCommand());
    } catch (InterruptedException e) {
      left.add("interrupted while cleaning up; undo it with: " + undoCommand());
      Thread.currentThread().interrupt();
    }
    return left;
  }

  private String undoCommand() {
    return "umount "
        + mountPoint()
        + "; losetup --detach $(losetup --noheadings --output NAME --associated "
        + image()
        + "); rm -r "
        + directory;
  }

  /** Retries, because an indexer or a desktop may use a new mount for a moment. */
  private void unmount() throws IOException, InterruptedException {
    for (int i = 0; isMounted(); i++) {
      try {
        programs.run("umount", mountPoint().toString());
      } catch (IOException e) {
        if (i == MAX_RETRIES) {
          throw e;
        }
        Thread.sleep(RETRY_MILLIS);
      }
    }
  }

  private boolean isMounted() throws IOException {
    return Files.isDirectory(mountPoint())
        && !Files.getAttribute(mountPoint(), "unix:dev")
            .equals(Files.getAttribute(directory, "unix:dev"));
  }

  private void detach() throws IOException, InterruptedException {
    for (String device : attached()) {
      programs.run("losetup", "--detach", "/dev/" + device);
    }
    for (int i = 0; !attached().isEmpty(); i++) { // it stays attached until the last user closes it
      if (i == MAX_RETRIES) {
        throw new IOException("/dev/" + attached().get(0) + " is still in use");
      }
      Thread.sleep(RETRY_MILLIS);
    }
  }

  private void delete() throws IOException {
    Files.deleteIfExists(mountPoint());
    Files.deleteIfExists(image());
    Files.deleteIfExists(plainFile());
    Files.deleteIfExists(directory);
  }
}
