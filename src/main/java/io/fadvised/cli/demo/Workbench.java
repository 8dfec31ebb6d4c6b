package io.fadvised.cli.demo;

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
 * A scratch folder with a backing file in it, a loop device on that, and a mount; undone by {@link
 * #close}, in whatever state it is. What there is to undo is asked of the kernel, not remembered:
 * thus nothing is missed that a killed program had already done, and nothing is touched but what
 * bears the name of this folder, which is new and has only us.
 */
final class Workbench implements AutoCloseable {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private static final int TRIES = 15;
  private static final long BETWEEN_TRIES_MILLIS = 200;

  private final Path folder;
  private final Tools tools;
  private final LoopDevices scanner;
  private List<String> leftovers = List.of();
  private boolean made;
  private boolean closed;

  private Workbench(Path folder, Tools tools, LoopDevices scanner) {
    this.folder = folder;
    this.tools = tools;
    this.scanner = scanner;
  }

  /** Chooses a name in a folder; makes nothing yet, so that first can be seen to its end. */
  static Workbench in(Path parent, Tools tools, LoopDevices scanner) throws IOException {
    String name = Long.toUnsignedString(new SecureRandom().nextLong(), 36);
    return new Workbench(parent.toRealPath().resolve("fadvised-demo-" + name), tools, scanner);
  }

  /** Makes the folder, for us alone. */
  synchronized void make() throws IOException {
    if (closed) {
      throw new IllegalStateException(folder + " was cleaned up already");
    }
    Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    made = true;
  }

  /** The backing file. */
  Path image() {
    return folder.resolve("disk.img");
  }

  Path mountPoint() {
    return folder.resolve("mnt");
  }

  /** The file that is written on the mounted filesystem. */
  Path upperFile() {
    return mountPoint().resolve("data");
  }

  /** The file that is written where there are no loop devices. */
  Path plainFile() {
    return folder.resolve("data");
  }

  /** The loop devices on our backing file: one, unless a program failed halfway. */
  List<String> attached() throws IOException {
    BackingPath ours = BackingPath.of(image().toString());
    return scanner.scan(Map.of()).devices().stream()
        .filter(device -> device.backingPath().equals(ours))
        .map(LoopDevice::name)
        .toList();
  }

  /** What could not be undone, each with the command that does it; empty before {@link #close}. */
  synchronized List<String> leftovers() {
    return leftovers;
  }

  /** Undoes everything. Safe for several threads, and to be called again. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (!made) {
      return;
    }
    boolean interrupted = Thread.interrupted(); // what is being undone must come to its end
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
      left.add(e.getMessage() + "; undo it with: " + undoCommand());
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
        + folder;
  }

  /** Somebody may be looking into a new mount for a moment: an indexer, a desktop. */
  private void unmount() throws IOException, InterruptedException {
    for (int i = 0; isMounted(); i++) {
      try {
        tools.run("umount", mountPoint().toString());
      } catch (IOException e) {
        if (i == TRIES) {
          throw e;
        }
        Thread.sleep(BETWEEN_TRIES_MILLIS);
      }
    }
  }

  private boolean isMounted() throws IOException {
    return Files.isDirectory(mountPoint())
        && !Files.getAttribute(mountPoint(), "unix:dev")
            .equals(Files.getAttribute(folder, "unix:dev"));
  }

  private void detach() throws IOException, InterruptedException {
    for (String device : attached()) {
      tools.run("losetup", "--detach", "/dev/" + device);
    }
    for (int i = 0; !attached().isEmpty(); i++) { // it lasts until the last one closes it
      if (i == TRIES) {
        throw new IOException("/dev/" + attached().get(0) + " is still in use");
      }
      Thread.sleep(BETWEEN_TRIES_MILLIS);
    }
  }

  private void delete() throws IOException {
    Files.deleteIfExists(mountPoint());
    Files.deleteIfExists(image());
    Files.deleteIfExists(plainFile());
    Files.deleteIfExists(folder);
  }
}
