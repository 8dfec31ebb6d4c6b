package io.fadvised.loop;

import io.fadvised.linux.FileStat;
import io.fadvised.linux.FileSystemType;
import io.fadvised.linux.OpenFile;
import java.util.Optional;

/**
 * A backing file, open for reading and verified to be the one that the kernel uses. Close it after
 * each sweep: an open file keeps its filesystem from being unmounted and its space from being
 * freed.
 *
 * @param stat the result of fstat(2)
 * @param filesystemType the type of the filesystem that holds the file
 * @param filesystemDevice the number of that filesystem, as in {@link
 *     BackingFiles#likelyFilesystem}; on btrfs not {@code st_dev}, which is a subvolume's
 * @param hostPath the path in this process's mount namespace; empty if the file is only reachable
 *     in another one
 * @param foundBy how the file was reached, for operators
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
