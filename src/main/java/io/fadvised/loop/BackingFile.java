package io.fadvised.loop;

import io.fadvised.linux.FileStat;
import io.fadvised.linux.FileSystemType;
import io.fadvised.linux.OpenFile;
import java.util.Optional;

/**
 * A backing file, open for reading and proven to be the one that the kernel uses. Closed after each
 * sweep: an open file would keep its filesystem from being unmounted and its space from being
 * freed.
 *
 * @param file the descriptor
 * @param stat its fstat(2)
 * @param filesystemType the type of the filesystem that holds it
 * @param filesystemDevice the number of that filesystem, as {@link BackingFiles#likelyFilesystem}
 *     gives it; on btrfs not the {@code st_dev}, which is a subvolume's
 * @param hostPath its path in this process's mount namespace; empty if only others reach it
 * @param foundBy how it was reached, for people
 */
public record BackingFile(
    OpenFile file,
    FileStat stat,
    FileSystemType filesystemType,
    long filesystemDevice,
    Optional<BackingPath> hostPath,
    String foundBy)
    implements AutoCloseable {
  @Override
  public void close() {
    file.close();
  }
}
