package io.fadvised.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Allows one daemon per host: flock(2) on the directory of device nodes. The inode is the same for
 * every process with the host's devtmpfs, in any namespace: services, shells, and containers with
 * the host's /dev. A container with a /dev of its own is not detected. The kernel drops the lock
 * when the process ends.
 *
 * <p>Any user can lock a readable directory, so the lock of another unprivileged user is ignored.
 * So is the lock of a killed process that cannot end because its storage does not respond.
 */
public final class HostLock implements AutoCloseable {
  private final @Nullable OpenFile file;
  private final String obstacle;

  private HostLock(@Nullable OpenFile file, String obstacle) {
    this.file = file;
    this.obstacle = obstacle;
  }

  /**
   * Takes the lock. If it is unavailable, but no privileged process holds it, returns without it.
   *
   * @param directory the directory of device nodes
   * @param procRoot where procfs is mounted
   * @throws IOException if another daemon holds it; the message names the process
   */
  public static HostLock take(Path directory, Path procRoot) throws IOException {
    OpenFile file;
    try {
      file = LinuxKernel.open(directory.toString().getBytes(ISO_8859_1), LibC.O_RDONLY);
    } catch (KernelException e) {
      return new HostLock(null, String.valueOf(e.getMessage()));
    }
    if (LibC.flock(file.descriptor(), LibC.LOCK_EX | LibC.LOCK_NB) == 0) {
      return new HostLock(file, "");
    }
    Errno errno = Errno.of(Native.getLastError());
    file.close();
    if (errno != Errno.EAGAIN) {
      return new HostLock(null, "flock: " + errno.words());
    }
    Optional<String> holder = findHolder(directory, procRoot);
    String words = holder.map(pid -> describe(procRoot, pid)).orElse("a process");
    if (holder.isEmpty() || isRespected(procRoot.resolve(holder.get()))) {
      throw new IOException(
          "another fadvised runs on this host: %s has locked %s; stop it first"
              .formatted(words, directory));
    }
    return new HostLock(null, words + ignored(procRoot.resolve(holder.get())));
  }

  /** Returns why this process does not hold the lock; empty if it does. */
  public Optional<String> obstacle() {
    return file == null ? Optional.of(obstacle) : Optional.empty();
  }

  /** Unlocks first, since a child process that was just forked still has the descriptor. */
  @Override
  public void close() {
    if (file != null) {
      LibC.flock(file.descriptor(), LibC.LOCK_UN);
      file.close();
    }
  }

  /** Empty if the holder is in another process namespace. */
  private static Optional<String> findHolder(Path directory, Path procRoot) {
    try {
      long device = (long) Files.getAttribute(directory, "unix:dev");
      long inode = (long) Files.getAttribute(directory, "unix:ino");
      FileIdentity wanted = new FileIdentity(device, inode);
      for (String line : Files.readAllLines(procRoot.resolve("locks"), ISO_8859_1)) {
        String[] fields = line.strip().split(" +", -1);
        if (fields.length > 5 && fields[1].equals("FLOCK") && isOn(wanted, fields[5])) {
          return Optional.of(fields[4]);
        }
      }
    } catch (IOException e) {
      // the holder stays unnamed
    }
    return Optional.empty();
  }

  /** Parses the format of fs/locks.c: major and minor in hexadecimal, then the inode. */
  private static boolean isOn(FileIdentity file, String field) {
    String[] parts = field.split(":", -1);
    try {
      return parts.length == 3
          && Long.parseLong(parts[2]) == file.inode()
          && FileIdentity.encodeDevice(
                  Integer.parseInt(parts[0], 16), Integer.parseInt(parts[1], 16))
              == file.device();
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** Returns whether a holder is privileged, or unknown, and not about to end. */
  private static boolean isRespected(Path process) {
    OptionalInt owner = ownerOf(process);
    boolean privileged =
        owner.isEmpty() || owner.getAsInt() == 0 || owner.getAsInt() == LibC.geteuid();
    return privileged && !isEnding(process);
  }

  /** Describes a holder that is not respected. */
  private static String ignored(Path process) {
    if (isEnding(process)) {
      return " has locked it, and is ending";
    }
    String user = ownerOf(process).stream().mapToObj(id -> " of user " + id).findFirst().orElse("");
    return user + " has locked it, which is ignored: every user can";
  }

  private static OptionalInt ownerOf(Path process) {
    try {
      return OptionalInt.of((int) Files.getAttribute(process, "unix:uid"));
    } catch (IOException e) {
      return OptionalInt.empty();
    }
  }

  /** Returns whether the main thread has ended; others may hang in a system call. */
  private static boolean isEnding(Path process) {
    try {
      String stat = Files.readString(process.resolve("stat"), ISO_8859_1);
      return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      return false;
    }
  }

  private static String describe(Path procRoot, String process) {
    try {
      String name = Files.readString(procRoot.resolve(process).resolve("comm"), ISO_8859_1).strip();
      return "process " + process + " (" + name + ")";
    } catch (IOException e) {
      return "process " + process;
    }
  }
}
