package io.fadvised.directio;

import io.fadvised.linux.DirectIo;
import io.fadvised.linux.FileSystemType;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Reads the {@link Storage} of backing files. */
public final class StorageReader {
  private final Kernel kernel;
  private final DirectIo directIo;

  /** All profiles but single and raid0, by their names in sysfs (fs/btrfs/volumes.c). */
  private static final List<String> COPIES =
      List.of("dup", "raid1", "raid1c3", "raid1c4", "raid10", "raid5", "raid6");

  private final Path devicesByNumber;
  private final Path btrfs;
  private final MountTable mountTable;

  /** Reads sysfs below {@code sysRoot}, which is a directory of fixtures in tests. */
  public StorageReader(Kernel kernel, DirectIo directIo, Path sysRoot, MountTable mountTable) {
    this.kernel = kernel;
    this.directIo = directIo;
    this.mountTable = mountTable;
    devicesByNumber = sysRoot.resolve("dev/block");
    btrfs = sysRoot.resolve("fs/btrfs");
  }

  public Storage read(LoopDevice device, BackingFile backing) {
    return new Storage(
        isNamed(device, backing),
        filesystem(backing),
        disk(backing.stat().identity().deviceText()),
        alignment(backing),
        directIo.isSupportedBy(backing.file()),
        backing.filesystemType().equals(FileSystemType.BTRFS)
            && (!directIo.isWrittenInPlace(backing.file()) || hasCopies(device)));
  }

  /** Returns whether btrfs keeps several copies of data, or parity; true if unknown. */
  private boolean hasCopies(LoopDevice device) {
    try {
      Optional<MountTable.Mount> mount = btrfsMount(device.backingPath().raw());
      if (mount.isEmpty()) {
        return true;
      }
      Path disk = Path.of(mount.get().source()).toRealPath().getFileName();
      try (Stream<Path> filesystems = Files.list(btrfs)) {
        return filesystems
            .filter(one -> Files.exists(one.resolve("devices").resolve(disk)))
            .findFirst()
            .map(one -> hasCopies(one.resolve("allocation")))
            .orElse(true);
      }
    } catch (IOException | InvalidPathException e) {
      return true;
    }
  }

  /** By the path: files have other device numbers than the mount (subvolumes). */
  private Optional<MountTable.Mount> btrfsMount(String path) throws IOException {
    return mountTable
        .covering(path)
        .filter(mount -> mount.filesystem().equals(FileSystemType.BTRFS.toString()));
  }

  /**
   * Blocks hold data alone, or data and metadata if it was made with {@code mkfs.btrfs --mixed}.
   */
  private static boolean hasCopies(Path allocation) {
    List<Path> ofData =
        Stream.of("data", "mixed").map(allocation::resolve).filter(Files::isDirectory).toList();
    return ofData.isEmpty()
        || ofData.stream()
            .anyMatch(kind -> COPIES.stream().map(kind::resolve).anyMatch(Files::exists));
  }

  private boolean isNamed(LoopDevice device, BackingFile backing) {
    try (OpenFile found = kernel.locate(device.backingPath().bytes())) {
      return kernel.stat(found).identity().equals(backing.stat().identity());
    } catch (KernelException e) {
      return false;
    }
  }

  private String filesystem(BackingFile backing) {
    try {
      return mountTable.mountsOf(backing.stat().identity().device()).stream()
          .map(MountTable.Mount::filesystem)
          .findFirst()
          .orElseGet(() -> backing.filesystemType().toString());
    } catch (IOException e) {
      return backing.filesystemType().toString();
    }
  }

  private OptionalInt alignment(BackingFile backing) {
    try {
      return directIo.alignment(backing.file());
    } catch (KernelException e) {
      return OptionalInt.empty();
    }
  }

  /** Reads the queue's sector size; for a partition, that of its disk. */
  private Optional<Storage.Disk> disk(String number) {
    Path link = devicesByNumber.resolve(number);
    try {
      Path directory = link.toRealPath();
      Path queue = Files.exists(directory.resolve("queue")) ? directory : directory.resolve("..");
      return AttachmentReader.text(queue.resolve("queue/logical_block_size"))
          .map(Integer::valueOf)
          .filter(bytes -> bytes > 0)
          .map(bytes -> new Storage.Disk(directory.getFileName().toString(), bytes));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty(); // no disk of its own: btrfs, overlayfs, network
    }
  }
}
