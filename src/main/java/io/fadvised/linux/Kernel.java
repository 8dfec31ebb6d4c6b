package io.fadvised.linux;

import java.util.BitSet;
import java.util.OptionalLong;

/**
 * All system calls that fadvised makes on files of others. None of them can change a file's content
 * or length.
 *
 * <p>Every method throws {@link KernelException} when the call fails. Thread-safe; an {@link
 * OpenFile} belongs to one thread.
 */
public interface Kernel {

  int pageBytes();

  /** The number of online processors, including those that this process may not use. */
  int onlineProcessors();

  Credentials credentials();

  /**
   * Locates a file without opening it (O_PATH, O_NOFOLLOW): does not touch a device, block on a
   * FIFO or follow a final symbolic link. See open(2).
   *
   * @param path bytes of the path, without the terminating zero
   */
  OpenFile locate(byte[] path) throws KernelException;

  /** Opens a directory for reading, for {@link #locateByHandle}. See open(2). */
  OpenFile openDirectory(byte[] path) throws KernelException;

  /** Opens a loop device node for reading. See open(2). */
  OpenFile openLoopDevice(byte[] path) throws KernelException;

  /**
   * Locates a file by its handle (O_PATH). Needs CAP_DAC_READ_SEARCH. See open_by_handle_at(2).
   *
   * @param mount any directory of the filesystem
   */
  OpenFile locateByHandle(OpenFile mount, FileHandle handle) throws KernelException;

  /**
   * Opens a located file for reading, through /proc/self/fd: the same file, even if its name now
   * leads elsewhere. Does not change its access time where permitted (O_NOATIME).
   */
  OpenFile openLocated(OpenFile located) throws KernelException;

  /**
   * Reads bytes of a file, fewer at its end. Caches their page and what the kernel reads ahead. See
   * pread(2).
   */
  byte[] read(OpenFile file, long offset, int length) throws KernelException;

  /** See fstat(2). */
  FileStat stat(OpenFile file) throws KernelException;

  /**
   * The path by which a file was opened, relative to this process's root, as /proc/self/fd shows
   * it. It ends in {@code " (deleted)"} if the file is deleted. On a mount of another mount
   * namespace it starts at that namespace's topmost mount. See proc(5).
   */
  byte[] pathOf(OpenFile file) throws KernelException;

  /** The type of the filesystem that holds a file. See fstatfs(2). */
  FileSystemType fileSystemType(OpenFile file) throws KernelException;

  /**
   * Returns whether this process may learn which pages are resident. It must own the file, have
   * CAP_FOWNER with the owner mapped here, or have write permission. Otherwise mincore(2) reports
   * every page as resident (5.2), and cachestat(2) fails with EPERM (6.14).
   */
  boolean mayMeasure(OpenFile file);

  /**
   * Queries which pages are resident: mincore(2) over a mapping without access (PROT_NONE).
   *
   * @param offset start in bytes, a multiple of the page size
   * @param length bytes, at most 1 GiB
   * @return one bit for each page, bit 0 for the page at the offset
   */
  BitSet residentPages(OpenFile file, long offset, long length) throws KernelException;

  /**
   * Counts the resident pages of several small ranges with mincore(2). One mapping covers many
   * ranges, which is far cheaper than a mapping for each.
   *
   * @param offsets start of each in bytes, multiples of the page size, ascending
   * @param length bytes of each, at most 1 MiB
   * @return a count for each offset
   */
  int[] residentPages(OpenFile file, long[] offsets, int length) throws KernelException;

  /**
   * Returns whether {@link #nextData} is cheap for this file. It is not on filesystems that first
   * write dirty pages or query a server, nor before 4.6: there ext4 walks a hole block by block and
   * takes half a minute for 1 TiB (2d90c160e5f1).
   */
  boolean mayAskForData(OpenFile file) throws KernelException;

  /**
   * Finds the next data with SEEK_DATA, on a descriptor that nobody else uses. Written pages count
   * as data before they reach the disk; pages that were read from a hole do not. See lseek(2).
   *
   * @return the position, at the offset or after it; empty if only a hole follows
   */
  OptionalLong nextData(OpenFile file, long offset) throws KernelException;

  /**
   * Counts pages with cachestat(2), available from 6.5.
   *
   * @param length bytes; 0 means to the end of the file
   */
  CacheStat cacheStat(OpenFile file, long offset, long length) throws KernelException;

  /**
   * Advises POSIX_FADV_DONTNEED. Success does not mean that anything was evicted. See
   * posix_fadvise(2).
   *
   * @param length bytes; 0 means to the end of the file
   */
  void adviseDontNeed(OpenFile file, long offset, long length) throws KernelException;

  /** Queries LOOP_GET_STATUS64, see loop(4). Fails with ENXIO if no file is attached. */
  LoopStatus loopStatus(OpenFile loopDevice) throws KernelException;

  /** Queries the generation of an XFS inode (XFS_IOC_FSBULKSTAT_SINGLE). Needs CAP_SYS_ADMIN. */
  int xfsGeneration(OpenFile mount, long inode) throws KernelException;
}
