package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.linux.Errno;
import io.fadvised.linux.FileHandle;
import io.fadvised.linux.FileIdentity;
import io.fadvised.linux.FileStat;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.LoopStatus;
import io.fadvised.linux.OpenFile;
import io.fadvised.loop.MountTable.Mount;
import io.fadvised.loop.UnreachableException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Opens the file behind a loop device. The kernel says which file that is (device and inode); every
 * way in is only a guess until fstat(2) on the descriptor agrees, and until then the file is merely
 * located (O_PATH), so that no FIFO, device or foreign file is ever opened:
 *
 * <ol>
 *   <li>by file handle on a mount of its filesystem (ext4, XFS): whatever its name, even deleted;
 *   <li>by the path that sysfs shows;
 *   <li>by that path in each other mount namespace ({@code /proc/<pid>/root}).
 * </ol>
 */
public final class BackingFileOpener implements BackingFiles {
  private static final Set<String> EXT_FILESYSTEMS = Set.of("ext2", "ext3", "ext4");
  private static final String XFS = "xfs";

  private static final String NO_SUCH_PATH = "by path: " + Errno.ENOENT.words();

  private final Kernel kernel;
  private final Path devices;
  private final Path procRoot;
  private final MountTable mounts;
  private final MountNamespaces namespaces;

  /**
   * @param devices the folder of device nodes, {@code /dev}
   * @param procRoot where procfs is mounted
   * @param mounts the mounts of this process
   * @param nanoClock {@link System#nanoTime} or a test's
   */
  public BackingFileOpener(
      Kernel kernel, Path devices, Path procRoot, MountTable mounts, LongSupplier nanoClock) {
    this.kernel = kernel;
    this.devices = devices;
    this.procRoot = procRoot;
    this.mounts = mounts;
    namespaces = new MountNamespaces(procRoot, nanoClock);
  }

  @Override
  public BackingFile open(LoopDevice device) throws UnreachableException {
    FileIdentity identity = identityOf(device);
    Set<String> attempts = new LinkedHashSet<>();
    BackingFile found =
        byHandle(identity, attempts)
            .or(() -> byPath(device.backingPath(), identity, attempts))
            .or(() -> byOtherNamespace(device.backingPath(), identity, attempts))
            .orElseThrow(() -> notFound(device, identity, attempts));
    if (found.fileSystem().isInMemory()) {
      found.close();
      throw new UnreachableException(
          Kind.IN_MEMORY,
          "the backing file is on " + found.fileSystem() + ": its pages are its only copy");
    }
    return found;
  }

  /** Asks the kernel which file is attached. The device node is open for this moment only. */
  @Override
  public FileIdentity identityOf(LoopDevice device) throws UnreachableException {
    byte[] node = devices.resolve(device.name()).toString().getBytes(ISO_8859_1);
    try (OpenFile opened = kernel.openLoopDevice(node)) {
      LoopStatus status = kernel.loopStatus(opened);
      if (status.backedByBlockDevice()) {
        throw new UnreachableException(
            Kind.BLOCK_DEVICE, "backed by a block device; only what is cached of files is evicted");
      }
      return status.backing();
    } catch (KernelException e) {
      throw switch (e.errno()) {
        case ENXIO -> new UnreachableException(Kind.DETACHED, "nothing is attached any more");
        case EACCES, EPERM ->
            new UnreachableException(
                Kind.NOT_PERMITTED,
                "may not ask the kernel which file is attached: " + e.getMessage());
        default ->
            new UnreachableException(
                Kind.NOT_FOUND,
                "cannot ask " + devices.resolve(device.name()) + ": " + e.getMessage());
      };
    }
  }

  private Optional<BackingFile> byHandle(FileIdentity identity, Set<String> attempts) {
    try {
      for (Mount mount : mounts.mountsOf(identity.device())) {
        Optional<BackingFile> found = byHandle(mount, identity, attempts);
        if (found.isPresent()) {
          return found;
        }
      }
    } catch (IOException e) {
      attempts.add("mount table: " + e.getMessage());
    }
    return Optional.empty();
  }

  private Optional<BackingFile> byHandle(Mount mount, FileIdentity identity, Set<String> attempts) {
    boolean ext = EXT_FILESYSTEMS.contains(mount.filesystem());
    if (!ext && !mount.filesystem().equals(XFS)) {
      return Optional.empty();
    }
    try (OpenFile top = kernel.openDirectory(mount.mountPointBytes())) {
      if (kernel.stat(top).identity().device() != identity.device()) {
        return Optional.empty(); // another filesystem is mounted over it
      }
      FileHandle handle =
          ext
              ? FileHandle.ext(identity.inode())
              : FileHandle.xfs(identity.inode(), kernel.xfsGeneration(top, identity.inode()));
      try (OpenFile located = kernel.locateByHandle(top, handle)) {
        return verified(located, identity, "file handle on " + mount.filesystem(), attempts);
      }
    } catch (KernelException | IllegalArgumentException e) {
      attempts.add("by file handle: " + e.getMessage());
      return Optional.empty();
    }
  }

  private Optional<BackingFile> byPath(
      BackingPath path, FileIdentity identity, Set<String> attempts) {
    return byPath(path.bytes(), identity, "path", attempts);
  }

  private Optional<BackingFile> byOtherNamespace(
      BackingPath path, FileIdentity identity, Set<String> attempts) {
    if (!path.raw().startsWith("/")) {
      return Optional.empty();
    }
    for (String process : namespaces.processes()) {
      byte[] there = (procRoot + "/" + process + "/root" + path.raw()).getBytes(ISO_8859_1);
      String way = "path in the mount namespace of process " + process;
      Optional<BackingFile> found = byPath(there, identity, way, new LinkedHashSet<>());
      if (found.isPresent()) {
        return found;
      }
    }
    if (!namespaces.processes().isEmpty()) {
      attempts.add(
          "by path in " + namespaces.processes().size() + " other mount namespaces: not there");
    }
    return Optional.empty();
  }

  private Optional<BackingFile> byPath(
      byte[] path, FileIdentity identity, String way, Set<String> attempts) {
    try (OpenFile located = kernel.locate(path)) {
      return verified(located, identity, way, attempts);
    } catch (KernelException e) {
      attempts.add("by " + way + ": " + e.errno().words());
      return Optional.empty();
    }
  }

  private Optional<BackingFile> verified(
      OpenFile located, FileIdentity identity, String way, Set<String> attempts)
      throws KernelException {
    FileStat stat = kernel.stat(located);
    if (!stat.isRegularFile()) {
      attempts.add("by " + way + ": it is " + stat.kind());
      return Optional.empty();
    }
    if (!stat.identity().equals(identity)) {
      attempts.add("by " + way + ": it is another file");
      return Optional.empty();
    }
    OpenFile file = kernel.openLocated(located);
    try {
      return Optional.of(new BackingFile(file, stat, kernel.fileSystemType(file), way));
    } catch (KernelException e) {
      file.close();
      throw e;
    }
  }

  private static UnreachableException notFound(
      LoopDevice device, FileIdentity identity, Set<String> attempts) {
    String tried = attempts.isEmpty() ? "no way in" : String.join("; ", attempts);
    boolean deleted =
        device.backingPath().raw().endsWith(BackingPath.DELETED_MARK)
            && attempts.contains(NO_SUCH_PATH);
    return deleted
        ? new UnreachableException(
            Kind.DELETED, "the backing file is deleted, and no other way leads to it: " + tried)
        : new UnreachableException(
            Kind.NOT_FOUND, "cannot reach the backing file (" + identity + "): " + tried);
  }
}
