package io.fadvised.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.OptionalLong;
import java.util.Set;

/** {@link Kernel} through libc. */
public final class LinuxKernel implements Kernel {
  static final int LOOP_INFO64_BYTES = 232;
  static final int LO_DEVICE_AT = 0;
  static final int LO_INODE_AT = 8;
  static final int LO_RDEVICE_AT = 16;
  static final int XFS_BULKREQ_BYTES = 32;
  static final int XFS_BULKREQ_ICOUNT_AT = 8;
  static final int XFS_BULKREQ_UBUFFER_AT = 16;
  static final int XFS_BULKREQ_OCOUNT_AT = 24;
  private static final int XFS_BSTAT_BYTES = 256;
  private static final int XFS_BSTAT_GENERATION_AT = 108;
  private static final long MAX_MAPPING_BYTES = 1L << 30;
  private static final int MAX_SAMPLE_BYTES = 1 << 20;

  /** Length of a mapping for many samples; an arm64 address space can be limited to 512 GiB. */
  private static final long MAX_SPAN_BYTES = 128L << 30;

  static final int STATFS_BYTES = 120;
  static final int STATFS_TYPE_AT = 0;

  /** A link in /proc has at most one page. */
  private static final int PATH_MAX = 4096;

  /**
   * Filesystems where SEEK_DATA only reads memory and the local disk: ext2 to ext4, XFS, btrfs,
   * overlayfs. NFS and SMB first write all dirty pages.
   */
  private static final Set<FileSystemType> LOCAL_FILESYSTEMS =
      Set.of(FileSystemType.EXT4, FileSystemType.XFS, FileSystemType.BTRFS, FileSystemType.OVERLAY);

  private final StatLayout statLayout;
  private final int pageBytes;
  private final Credentials credentials;
  private final boolean seeksQuickly;

  /**
   * Binds libc and reads this process's credentials.
   *
   * @throws UnsupportedOperationException on an unsupported architecture
   */
  public LinuxKernel() {
    statLayout = StatLayout.ofThisMachine();
    pageBytes = LibC.getpagesize();
    credentials = readCredentials();
    seeksQuickly = hasCall(statLayout.preadv2);
  }

  @Override
  public int pageBytes() {
    return pageBytes;
  }

  @Override
  public int onlineProcessors() {
    return (int) Math.max(1, LibC.sysconf(LibC.SC_NPROCESSORS_ONLN));
  }

  @Override
  public Credentials credentials() {
    return credentials;
  }

  @Override
  public OpenFile locate(byte[] path) throws KernelException {
    return open(path, LibC.O_PATH | statLayout.noFollow);
  }

  @Override
  public OpenFile openDirectory(byte[] path) throws KernelException {
    return open(path, LibC.O_RDONLY | statLayout.directory);
  }

  @Override
  public OpenFile openLoopDevice(byte[] path) throws KernelException {
    return open(path, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY);
  }

  @Override
  public OpenFile locateByHandle(OpenFile mount, FileHandle handle) throws KernelException {
    int fd =
        LibC.open_by_handle_at(mount.descriptor(), handle.encoded(), LibC.O_PATH | LibC.O_CLOEXEC);
    return opened("open_by_handle_at", fd);
  }

  @Override
  public OpenFile openLocated(OpenFile located) throws KernelException {
    byte[] path = ownDescriptorPath(located);
    int flags = LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY;
    try {
      return open(path, flags | LibC.O_NOATIME);
    } catch (KernelException e) {
      if (e.errno() != Errno.EPERM) { // O_NOATIME is for the owner and CAP_FOWNER only
        throw e;
      }
      return open(path, flags);
    }
  }

  @Override
  public FileStat stat(OpenFile file) throws KernelException {
    try (Memory stat = new Memory(StatLayout.STRUCT_BYTES)) {
      check("fstat", LibC.syscall(statLayout.syscall, file.descriptor(), stat, Pointer.NULL, 0));
      return statLayout.read(stat);
    }
  }

  @Override
  public byte[] pathOf(OpenFile file) throws KernelException {
    byte[] path = new byte[PATH_MAX];
    long length = LibC.readlink(ownDescriptorPath(file), path, path.length);
    check("readlink", length);
    return Arrays.copyOf(path, (int) length);
  }

  @Override
  public FileSystemType fileSystemType(OpenFile file) throws KernelException {
    try (Memory statfs = new Memory(STATFS_BYTES)) {
      check("fstatfs", LibC.fstatfs(file.descriptor(), statfs));
      return new FileSystemType(statfs.getLong(STATFS_TYPE_AT));
    }
  }

  /**
   * Tries to set O_NOATIME: the kernel allows it under inode_owner_or_capable(), like
   * can_do_mincore() in mm/mincore.c. User ids alone do not cover idmapped mounts and user
   * namespaces.
   */
  @Override
  public boolean mayMeasure(OpenFile file) {
    int flags = LibC.fcntl(file.descriptor(), LibC.F_GETFL, 0);
    return (flags >= 0 && (flags & LibC.O_NOATIME) != 0)
        || LibC.fcntl(file.descriptor(), LibC.F_SETFL, flags | LibC.O_NOATIME) == 0
        || LibC.faccessat(LibC.AT_FDCWD, ownDescriptorPath(file), LibC.W_OK, LibC.AT_EACCESS) == 0;
  }

  @Override
  public BitSet residentPages(OpenFile file, long offset, long length) throws KernelException {
    if (length <= 0 || length > MAX_MAPPING_BYTES) {
      throw new IllegalArgumentException("window of " + length + " bytes");
    }
    byte[] residency = new byte[Math.toIntExact((length + pageBytes - 1) / pageBytes)];
    long address = LibC.mmap(0, length, LibC.PROT_NONE, LibC.MAP_SHARED, file.descriptor(), offset);
    if (address == LibC.MAP_FAILED) {
      throw failed("mmap");
    }
    try {
      check("mincore", LibC.mincore(address, length, residency));
    } finally {
      LibC.munmap(address, length);
    }
    BitSet pages = new BitSet(residency.length);
    for (int page = 0; page < residency.length; page++) {
      if ((residency[page] & 1) != 0) {
        pages.set(page);
      }
    }
    return pages;
  }

  @Override
  public int[] residentPages(OpenFile file, long[] offsets, int length) throws KernelException {
    if (length <= 0 || length > MAX_SAMPLE_BYTES) {
      throw new IllegalArgumentException("samples of " + length + " bytes");
    }
    int[] counts = new int[offsets.length];
    int done = 0;
    while (done < offsets.length) {
      long start = offsets[done];
      int first = done;
      while (done < offsets.length && offsets[done] - start < MAX_SPAN_BYTES) {
        done++;
      }
      count(file, offsets, first, done, length, counts);
    }
    return counts;
  }

  /** Counts the ranges from {@code first} up to, but not including, {@code end} in one mapping. */
  private void count(OpenFile file, long[] offsets, int first, int end, int length, int[] counts)
      throws KernelException {
    long span = offsets[end - 1] + length - offsets[first];
    long address =
        LibC.mmap(0, span, LibC.PROT_NONE, LibC.MAP_SHARED, file.descriptor(), offsets[first]);
    if (address == LibC.MAP_FAILED) {
      throw failed("mmap");
    }
    byte[] residency = new byte[(length + pageBytes - 1) / pageBytes];
    try {
      for (int i = first; i < end; i++) {
        check("mincore", LibC.mincore(address + (offsets[i] - offsets[first]), length, residency));
        for (byte page : residency) {
          counts[i] += page & 1;
        }
      }
    } finally {
      LibC.munmap(address, span);
    }
  }

  @Override
  public boolean mayAskForData(OpenFile file) throws KernelException {
    return seeksQuickly && LOCAL_FILESYSTEMS.contains(fileSystemType(file));
  }

  @Override
  public OptionalLong nextData(OpenFile file, long offset) throws KernelException {
    long found = LibC.lseek(file.descriptor(), offset, LibC.SEEK_DATA);
    if (found >= 0) {
      return OptionalLong.of(found);
    }
    KernelException failure = failed("lseek");
    return switch (failure.errno()) {
      case ENXIO -> OptionalLong.empty();
      case EINVAL -> OptionalLong.of(offset); // the filesystem has no holes
      default -> throw failure;
    };
  }

  @Override
  public CacheStat cacheStat(OpenFile file, long offset, long length) throws KernelException {
    try (Memory range = new Memory(2 * Long.BYTES);
        Memory counts = new Memory(5 * Long.BYTES)) {
      range.setLong(0, offset);
      range.setLong(8, length);
      check("cachestat", LibC.syscall(LibC.SYS_CACHESTAT, file.descriptor(), range, counts, 0));
      return new CacheStat(counts.getLong(0), counts.getLong(8), counts.getLong(16));
    }
  }

  @Override
  public byte[] read(OpenFile file, long offset, int length) throws KernelException {
    byte[] buffer = new byte[length];
    long count = LibC.pread(file.descriptor(), buffer, length, offset);
    check("pread", count);
    return Arrays.copyOf(buffer, (int) count);
  }

  @Override
  public void adviseDontNeed(OpenFile file, long offset, long length) throws KernelException {
    int number = LibC.posix_fadvise(file.descriptor(), offset, length, LibC.POSIX_FADV_DONTNEED);
    if (number != 0) { // the error itself, not -1
      throw new KernelException("posix_fadvise", number);
    }
  }

  @Override
  public LoopStatus loopStatus(OpenFile loopDevice) throws KernelException {
    try (Memory info = new Memory(LOOP_INFO64_BYTES)) {
      info.clear();
      check("LOOP_GET_STATUS64", LibC.ioctl(loopDevice.descriptor(), LibC.LOOP_GET_STATUS64, info));
      return new LoopStatus(
          new FileIdentity(info.getLong(LO_DEVICE_AT), info.getLong(LO_INODE_AT)),
          info.getLong(LO_RDEVICE_AT) != 0);
    }
  }

  @Override
  public int xfsGeneration(OpenFile mount, long inode) throws KernelException {
    try (Memory request = new Memory(XFS_BULKREQ_BYTES);
        Memory wanted = new Memory(Long.BYTES);
        Memory answer = new Memory(XFS_BSTAT_BYTES);
        Memory count = new Memory(Long.BYTES)) {
      wanted.setLong(0, inode);
      count.clear();
      request.setPointer(0, wanted);
      request.setLong(XFS_BULKREQ_ICOUNT_AT, 1);
      request.setPointer(XFS_BULKREQ_UBUFFER_AT, answer);
      request.setPointer(XFS_BULKREQ_OCOUNT_AT, count);
      check(
          "XFS_IOC_FSBULKSTAT_SINGLE",
          LibC.ioctl(mount.descriptor(), LibC.XFS_IOC_FSBULKSTAT_SINGLE, request));
      return answer.getInt(XFS_BSTAT_GENERATION_AT);
    }
  }

  /**
   * Returns whether the kernel has a system call, by calling it with invalid arguments. A call that
   * seccomp filters counts as missing.
   */
  private static boolean hasCall(long syscall) {
    if (LibC.syscall(syscall, -1, Pointer.NULL, Pointer.NULL, 0) >= 0) {
      return true;
    }
    Errno refusal = Errno.of(Native.getLastError());
    return refusal != Errno.ENOSYS && refusal != Errno.EPERM;
  }

  static OpenFile open(byte[] path, int flags) throws KernelException {
    return opened("open", LibC.open(terminated(path), flags | LibC.O_CLOEXEC));
  }

  static OpenFile opened(String call, int fd) throws KernelException {
    check(call, fd);
    return new OpenFile(fd, () -> LibC.close(fd));
  }

  static void check(String call, long result) throws KernelException {
    if (result < 0) {
      throw failed(call);
    }
  }

  static KernelException failed(String call) {
    return new KernelException(call, Native.getLastError());
  }

  private byte[] ownDescriptorPath(OpenFile file) {
    return terminated(("/proc/self/fd/" + file.descriptor()).getBytes(ISO_8859_1));
  }

  static byte[] terminated(byte[] path) {
    return Arrays.copyOf(path, path.length + 1);
  }

  private static Credentials readCredentials() {
    try {
      return Credentials.read(Path.of("/proc/self"), LibC.geteuid());
    } catch (IOException e) {
      throw new UncheckedIOException("/proc is not mounted here: fadvised needs it", e);
    }
  }
}
