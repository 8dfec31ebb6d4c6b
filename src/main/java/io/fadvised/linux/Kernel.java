package io.fadvised.linux;

import java.util.BitSet;
import java.util.OptionalLong;

/**
 * The system calls that fadvised makes. None of them can change a file's content or length, and
 * nothing else of the kernel is called on files that are not ours.
 *
 * <p>Every method throws {@link KernelException} when the call fails. Safe for use by several
 * threads; an {@link OpenFile} belongs to one.
 */
public interface Kernel {

  /** The size of a page, in bytes. */
  int pageBytes();

  /** How many processors the host runs at present, whether this process may use them or not. */
  int onlineProcessors();

  /** Who we are, as far as the kernel's permission checks go. */
  Credentials credentials();

  /**
   * Gets hold of a file without opening it (O_PATH, O_NOFOLLOW): no device is touched, no FIFO
   * waits, a final symbolic link is not followed. See open(2).
   *
   * @param path bytes of the path, without the terminating zero
   */
  OpenFile locate(byte[] path) throws KernelException;

  /** Opens a directory for reading, as a handle's mount. See open(2). */
  OpenFile openDirectory(byte[] path) throws KernelException;

  /** Opens a loop device node for reading. See open(2). */
  OpenFile openLoopDevice(byte[] path) throws KernelException;

  /**
   * Gets hold of a file by its handle (O_PATH). Needs CAP_DAC_READ_SEARCH. See
   * open_by_handle_at(2).
   *
   * @param mount any directory of the filesystem
   */
  OpenFile locateByHandle(OpenFile mount, FileHandle handle) throws KernelException;

  /**
   * Opens for reading what {@link #locate} or {@link #locateByHandle} found, by way of
   * /proc/self/fd: the same file, whatever has become of its name. Its access time is left alone
   * where that is permitted (O_NOATIME).
   */
  OpenFile openLocated(OpenFile located) throws KernelException;

  /** See fstat(2). */
  FileStat stat(OpenFile file) throws KernelException;

  /**
   * The path by which a descriptor's file was reached, from this process's root, as /proc/self/fd
   * shows it. Of a deleted file it ends in {@code " (deleted)"}. Of a file on a mount of another
   * mount namespace it begins at the top of the mounts there. See proc(5).
   */
  byte[] pathOf(OpenFile file) throws KernelException;

  /** The type of the filesystem that holds a file. See fstatfs(2). */
  FileSystemType fileSystemType(OpenFile file) throws KernelException;

  /**
   * Whether this process may learn what is resident: as the file's owner, with CAP_FOWNER if the
   * owner is mapped here, or with permission to write. Otherwise mincore(2) reports every page as
   * resident (5.2), and cachestat(2) fails with EPERM (6.14).
   */
  boolean mayMeasure(OpenFile file);

  /**
   * Which pages are resident, by mincore(2) over a mapping that cannot be touched (PROT_NONE).
   *
   * @param offset start in bytes, a multiple of the page size
   * @param length bytes, at most 1 GiB
   * @return one bit for each page, bit 0 for the page at the offset
   */
  BitSet residentPages(OpenFile file, long offset, long length) throws KernelException;

  /**
   * How many pages are resident in each of several small ranges, by mincore(2) over few mappings:
   * far cheaper than to map each by itself.
   *
   * @param offsets start of each in bytes, multiples of the page size, ascending
   * @param length bytes of each, at most 1 MiB
   * @return a count for each offset
   */
  int[] residentPages(OpenFile file, long[] offsets, int length) throws KernelException;

  /**
   * Whether {@link #nextData} may be asked about this file: not on filesystems that would write
   * dirty pages or ask a server first, and not before 4.6, where ext4 goes through a hole block by
   * block and takes half a minute for 1 TiB (2d90c160e5f1).
   */
  boolean mayAskForData(OpenFile file) throws KernelException;

  /**
   * The next byte that is no hole, by SEEK_DATA on a descriptor that nobody else has. What is only
   * in the page cache counts where the file was written or allocated; pages that were read from a
   * hole do not. See lseek(2).
   *
   * @return at the offset or after it; empty if only a hole follows
   */
  OptionalLong nextData(OpenFile file, long offset) throws KernelException;

  /**
   * Counts pages with cachestat(2), where the kernel has it (6.5).
   *
   * @param length bytes; 0 is to the end of the file
   */
  CacheStat cacheStat(OpenFile file, long offset, long length) throws KernelException;

  /**
   * Advises POSIX_FADV_DONTNEED. Success says nothing about what was evicted. See posix_fadvise(2).
   *
   * @param length bytes; 0 is to the end of the file
   */
  void adviseDontNeed(OpenFile file, long offset, long length) throws KernelException;

  /** LOOP_GET_STATUS64, see loop(4). ENXIO if nothing is attached. */
  LoopStatus loopStatus(OpenFile loopDevice) throws KernelException;

  /** The generation of an XFS inode (XFS_IOC_FSBULKSTAT_SINGLE). Needs CAP_SYS_ADMIN. */
  int xfsGeneration(OpenFile mount, long inode) throws KernelException;
}
