package io.fadvised.it;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Mounts a directory again with mapped user ids, see mount_setattr(2); Linux 5.12. */
final class IdmappedMount {
  private static final LibC LIBC = Native.load("c", LibC.class);
  private static final long SYS_OPEN_TREE = 428;
  private static final long SYS_MOVE_MOUNT = 429;
  private static final long SYS_MOUNT_SETATTR = 442;
  private static final int AT_FDCWD = -100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int OPEN_TREE_CLONE = 1;
  private static final int MOVE_MOUNT_F_EMPTY_PATH = 4;
  private static final long MOUNT_ATTR_IDMAP = 0x100000;
  private static final int MOUNT_ATTR_BYTES = 32;

  private interface LibC extends Library {
    long syscall(long number, Object... arguments) throws LastErrorException;

    int open(String path, int flags) throws LastErrorException;

    int close(int descriptor) throws LastErrorException;
  }

  private IdmappedMount() {}

  /** Mounts a directory again; users from 1000 on are unmapped and appear as nobody. */
  static Path of(Scratch scratch, Path directory) throws Exception {
    Path at = scratch.directory("idmapped");
    Process namespace = new ProcessBuilder("unshare", "--user", "sleep", "60").start();
    try {
      Path proc = Path.of("/proc", Long.toString(namespace.pid()));
      Recorder.await(
          Duration.ofSeconds(10),
          "in a user namespace",
          () ->
              !Files.readSymbolicLink(proc.resolve("ns/user"))
                  .equals(Files.readSymbolicLink(Path.of("/proc/self/ns/user"))));
      Files.writeString(proc.resolve("uid_map"), "0 100000 1000");
      Files.writeString(proc.resolve("gid_map"), "0 100000 1000");
      int users = LIBC.open(proc.resolve("ns/user").toString(), 0);
      mount(directory, users, at);
      LIBC.close(users);
    } finally {
      namespace.destroyForcibly().waitFor();
    }
    scratch.later(() -> scratch.unmount(at));
    return at;
  }

  private static void mount(Path directory, int users, Path at) {
    int tree = (int) LIBC.syscall(SYS_OPEN_TREE, AT_FDCWD, directory.toString(), OPEN_TREE_CLONE);
    try (Memory attributes = new Memory(MOUNT_ATTR_BYTES)) {
      attributes.clear();
      attributes.setLong(0, MOUNT_ATTR_IDMAP);
      attributes.setLong(24, users);
      LIBC.syscall(SYS_MOUNT_SETATTR, tree, "", AT_EMPTY_PATH, attributes, (long) MOUNT_ATTR_BYTES);
      LIBC.syscall(SYS_MOVE_MOUNT, tree, "", AT_FDCWD, at.toString(), MOVE_MOUNT_F_EMPTY_PATH);
    } finally {
      LIBC.close(tree);
    }
  }
}
