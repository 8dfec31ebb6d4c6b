package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Comparator.comparing;

import io.fadvised.linux.Errno;
import io.fadvised.linux.Failures;
import io.fadvised.linux.FileHandle;
import io.fadvised.linux.FileIdentity;
import io.fadvised.linux.FileStat;
import io.fadvised.linux.FileSystemType;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.LoopStatus;
import io.fadvised.linux.OpenFile;
import io.fadvised.loop.MountNamespaces.Namespace;
import io.fadvised.loop.MountTable.Mount;
import io.fadvised.loop.UnreachableException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Opens the backing file of a loop device. The kernel reports its device and inode. A candidate is
 * only located (O_PATH) until fstat(2) confirms them, so that no FIFO, device or other file is ever
 * opened. Candidates are tried in this order:
 *
 * <ol>
 *   <li>the file handle on a mount of the filesystem (ext4, XFS), which works without a name, even
 *       for a deleted file;
 *   <li>the path that sysfs shows;
 *   <li>that path in each other mount namespace ({@code /proc/<pid>/root}).
 * </ol>
 *
 * <p>The last one can hang on mounts of other users: see {@link MountNamespaces}.
 */
public final class BackingFileOpener implements BackingFiles {
  private static final Set<String> EXT_FILESYSTEMS = Set.of("ext2", "ext3", "ext4");
  private static final String XFS = "xfs";

  /** Filesystems that answer a stat of an open file from memory, so that it cannot hang. */
  private static final Set<String> LOCAL_FILESYSTEMS =
      Set.of("ext2", "ext3", "ext4", XFS, "btrfs", "f2fs", "overlay");

  private static final String PATH = "path";
  private static final String OPENING = "opening its backing file";
  private static final String NO_SUCH_PATH = "by path: " + Errno.ENOENT.words();

  private final Kernel kernel;
  private final Path devices;
  private final Path procRoot;
  private final MountTable mounts;
  private final MountNamespaces namespaces;

  /**
   * @param devices the directory of device nodes, {@code /dev}
   * @param procRoot where procfs is mounted
   * @param mounts the mounts of this process
   * @param nanoClock such as {@link System#nanoTime}
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
  public BackingFile open(LoopDevice device, OpeningStep.Listener listener)
      throws UnreachableException {
    listener.begins(new OpeningStep(OPENING, remoteFilesystem(device)));
    FileIdentity identity = identityOf(device);
    Search search = new Search(identity, device.backingPath(), listener);
    BackingFile found =
        search
            .byHandle()
            .or(search::byPath)
            .or(search::byOtherNamespace)
            .orElseThrow(() -> notFound(device, search));
    Optional<FileSystemType> layer = layer(found);
    if (layer.orElse(found.filesystemType()).isInMemory()) {
      found.close();
      throw new UnreachableException(
          Kind.IN_MEMORY,
          "the backing file is on "
              + found.filesystemType()
              + layer.map(type -> " over " + type).orElse("")
              + ": its pages are its only copy");
    }
    return found;
  }

  /** The filesystem below that holds the file's data; empty if it is unknown or the same one. */
  private Optional<FileSystemType> layer(BackingFile found) {
    return found.filesystemType().equals(FileSystemType.OVERLAY)
        ? found
            .hostPath()
            .flatMap(
                path ->
                    covering(path)
                        .flatMap(
                            mount -> OverlayLayers.filesystemOf(kernel, mount, path, found.stat())))
        : Optional.empty();
  }

  @Override
  public OptionalLong likelyFilesystem(LoopDevice device) {
    return covering(device.backingPath()).stream().mapToLong(Mount::device).findFirst();
  }

  private Optional<Mount> covering(BackingPath path) {
    try {
      return mounts.covering(path.raw());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * The filesystem to blame if the query for the attached file hangs. Local filesystems are never
   * blamed: a path of another namespace may lead to one by chance.
   */
  private OptionalLong remoteFilesystem(LoopDevice device) {
    return covering(device.backingPath()).stream()
        .filter(mount -> !LOCAL_FILESYSTEMS.contains(mount.filesystem()))
        .mapToLong(Mount::device)
        .findFirst();
  }

  /** Opens the device node only for the duration of the call. */
  @Override
  public FileIdentity identityOf(LoopDevice device) throws UnreachableException {
    byte[] node = devices.resolve(device.name()).toString().getBytes(ISO_8859_1);
    try (OpenFile opened = kernel.openLoopDevice(node)) {
      LoopStatus status = kernel.loopStatus(opened);
      if (status.backedByBlockDevice()) {
        throw new UnreachableException(
            Kind.BLOCK_DEVICE, "backed by a block device; fadvised evicts files only");
      }
      return status.backing();
    } catch (KernelException e) {
      throw switch (e.errno()) {
        case ENXIO -> new UnreachableException(Kind.DETACHED, "nothing is attached");
        case EACCES, EPERM ->
            new UnreachableException(
                Kind.NOT_PERMITTED, "cannot query the attached file: " + e.getMessage());
        default ->
            new UnreachableException(
                Kind.NOT_FOUND,
                "cannot query " + devices.resolve(device.name()) + ": " + e.getMessage());
      };
    }
  }

  private final class Search {
    private final FileIdentity identity;
    private final BackingPath label;
    private final OpeningStep.Listener listener;
    private final Set<String> attempts = new LinkedHashSet<>();

    Search(FileIdentity identity, BackingPath label, OpeningStep.Listener listener) {
      this.identity = identity;
      this.label = label;
      this.listener = listener;
    }

    Optional<BackingFile> byHandle() {
      try {
        List<Mount> candidates = new ArrayList<>(mounts.mountsOf(identity.device()));
        candidates.sort(comparing(mount -> !mount.root().equals("/"))); // they reach every name
        for (Mount mount : candidates) {
          Optional<BackingFile> found = byHandle(mount);
          if (found.isPresent()) {
            return found;
          }
        }
      } catch (IOException e) {
        attempts.add("mount table: " + Failures.words(e));
      }
      return Optional.empty();
    }

    private Optional<BackingFile> byHandle(Mount mount) {
      boolean ext = EXT_FILESYSTEMS.contains(mount.filesystem());
      if (!ext && !mount.filesystem().equals(XFS)) {
        return Optional.empty();
      }
      listener.begins(new OpeningStep(OPENING, OptionalLong.of(mount.device())));
      try (OpenFile top = kernel.openDirectory(mount.mountPointBytes())) {
        if (kernel.stat(top).identity().device() != identity.device()) {
          return Optional.empty(); // another filesystem is mounted over it
        }
        FileHandle handle =
            ext
                ? FileHandle.ext(identity.inode())
                : FileHandle.xfs(identity.inode(), kernel.xfsGeneration(top, identity.inode()));
        String way = ("file handle on " + mount.filesystem()).intern(); // kept for each device
        try (OpenFile located = kernel.locateByHandle(top, handle)) {
          Optional<FileStat> stat = verify(located, way);
          return stat.isEmpty()
              ? Optional.empty()
              : Optional.of(
                  open(located, stat.get(), mount.device(), pathBelow(mount, located), way));
        }
      } catch (KernelException | IllegalArgumentException e) {
        attempts.add("by file handle: " + e.getMessage());
        return Optional.empty();
      }
    }

    /** Empty for a file outside of the mounted part, whose path leads nowhere. */
    private Optional<BackingPath> pathBelow(Mount mount, OpenFile located) throws KernelException {
      BackingPath path = new BackingPath(new String(kernel.pathOf(located), ISO_8859_1));
      String top = mount.mountPoint().equals("/") ? "/" : mount.mountPoint() + "/";
      return path.raw().startsWith(top) ? Optional.of(path) : Optional.empty();
    }

    Optional<BackingFile> byPath() {
      OptionalLong mount = covering(label).stream().mapToLong(Mount::device).findFirst();
      listener.begins(new OpeningStep(OPENING, mount, true));
      try (OpenFile located = kernel.locate(label.bytes())) {
        Optional<FileStat> stat = verify(located, PATH);
        return stat.isEmpty()
            ? Optional.empty()
            : Optional.of(
                open(
                    located,
                    stat.get(),
                    mount.orElse(identity.device()),
                    Optional.of(label),
                    PATH));
      } catch (KernelException e) {
        attempts.add("by " + PATH + ": " + e.errno().words());
        return Optional.empty();
      }
    }

    Optional<BackingFile> byOtherNamespace() {
      if (!label.raw().startsWith("/")) {
        return Optional.empty();
      }
      List<Namespace> others = namespaces.others();
      for (Namespace other : others) {
        Optional<BackingFile> found = byPathIn(other);
        if (found.isPresent()) {
          return found;
        }
      }
      if (!others.isEmpty()) {
        attempts.add("by path in " + others.size() + " other mount namespaces: not there");
      }
      return Optional.empty();
    }

    private Optional<BackingFile> byPathIn(Namespace other) {
      String way = "path in the mount namespace of process " + other.process();
      listener.begins(new OpeningStep("trying its " + way, OptionalLong.empty()));
      String path = procRoot + "/" + other.process() + "/root" + label.raw();
      try (MountNamespaces.Visit visit = namespaces.visit(other);
          OpenFile located = kernel.locate(path.getBytes(ISO_8859_1))) {
        FileStat stat = kernel.stat(located);
        if (!stat.isRegularFile() || !stat.identity().equals(identity)) {
          return Optional.empty();
        }
        visit.end(); // later calls depend only on the file's own filesystem
        return Optional.of(open(located, stat, identity.device(), Optional.empty(), way));
      } catch (KernelException e) {
        return Optional.empty();
      }
    }

    private Optional<FileStat> verify(OpenFile located, String way) throws KernelException {
      FileStat stat = kernel.stat(located);
      if (!stat.isRegularFile()) {
        attempts.add("by " + way + ": found " + stat.kind());
      } else if (!stat.identity().equals(identity)) {
        attempts.add("by " + way + ": found another file");
      } else {
        return Optional.of(stat);
      }
      return Optional.empty();
    }

    private BackingFile open(
        OpenFile located,
        FileStat stat,
        long filesystem,
        Optional<BackingPath> hostPath,
        String way)
        throws KernelException {
      listener.begins(new OpeningStep(OPENING, OptionalLong.of(filesystem)));
      OpenFile file = kernel.openLocated(located);
      try {
        return new BackingFile(file, stat, kernel.fileSystemType(file), filesystem, hostPath, way);
      } catch (KernelException e) {
        file.close();
        throw e;
      }
    }
  }

  private static UnreachableException notFound(LoopDevice device, Search search) {
    String tried =
        search.attempts.isEmpty() ? "no way to open it" : String.join("; ", search.attempts);
    boolean deleted =
        device.backingPath().raw().endsWith(BackingPath.DELETED_MARK)
            && search.attempts.contains(NO_SUCH_PATH);
    return deleted
        ? new UnreachableException(
            Kind.DELETED, "the backing file is deleted and unreachable: " + tried)
        : new UnreachableException(
            Kind.NOT_FOUND, "cannot reach the backing file (" + search.identity + "): " + tried);
  }
}
