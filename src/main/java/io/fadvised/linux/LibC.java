package io.fadvised.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * libc, with its own names. Binds only functions of glibc 2.17, since one missing symbol would
 * disable the whole class; newer calls use {@code syscall}. Sizes and offsets are 64-bit: fadvised
 * runs on 64-bit Linux only.
 */
final class LibC {
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_EXCL = 0x80;
  static final int O_NONBLOCK = 0x800;
  static final int O_NOCTTY = 0x100;
  static final int O_NOATIME = 0x40000;
  static final int O_CLOEXEC = 0x80000;
  static final int O_PATH = 0x200000;

  static final int F_GETFL = 3;
  static final int F_SETFL = 4;

  static final int PROT_NONE = 0;
  static final int MAP_SHARED = 1;
  static final long MAP_FAILED = -1L;

  static final int POSIX_FADV_DONTNEED = 4;

  static final int SEEK_DATA = 3;

  static final int LOCK_EX = 2;
  static final int LOCK_NB = 4;
  static final int LOCK_UN = 8;

  /** glibc's bits/confname.h. */
  static final int SC_NPROCESSORS_ONLN = 84;

  static final int AT_FDCWD = -100;
  static final int AT_EACCESS = 0x200;
  static final int W_OK = 2;

  static final int AT_EMPTY_PATH = 0x1000;

  static final long LOOP_GET_STATUS64 = 0x4C05;
  static final long LOOP_SET_DIRECT_IO = 0x4C08;
  static final long LOOP_SET_BLOCK_SIZE = 0x4C09;

  /** _IOR('f', 1, long), include/uapi/linux/fs.h. */
  static final long FS_IOC_GETFLAGS = 0x80086601L;

  /** _IOWR('X', 102, struct xfs_fsop_bulkreq), fs/xfs/libxfs/xfs_fs.h. */
  static final long XFS_IOC_FSBULKSTAT_SINGLE = 0xC0205866L;

  /** Equal on every architecture: system calls newer than 5.0 share one table. */
  static final long SYS_CACHESTAT = 451;

  static final int AF_UNIX = 1;
  static final int AF_NETLINK = 16;
  static final int SOCK_DGRAM = 2;
  static final int SOCK_CLOEXEC = 0x80000;
  static final int NETLINK_KOBJECT_UEVENT = 15;
  static final int MSG_DONTWAIT = 0x40;
  static final short POLLIN = 1;
  static final short POLLPRI = 2;

  static {
    if (Native.POINTER_SIZE != 8) {
      throw new UnsupportedOperationException("fadvised runs on 64-bit Linux only");
    }
    // Otherwise JNA runs ldconfig to locate libraries, which libc does not need.
    System.getProperties().putIfAbsent("jna.platform.library.path", "");
    Native.register(LibC.class, "c");
  }

  private LibC() {}

  static native int open(byte[] path, int flags);

  static native int close(int fd);

  static native long pread(int fd, byte[] buffer, long length, long offset);

  static native long write(int fd, byte[] bytes, long length);

  static native int fcntl(int fd, int command, int argument);

  static native int open_by_handle_at(int mountFd, byte[] handle, int flags);

  static native long readlink(byte[] path, byte[] buffer, long length);

  static native int faccessat(int dirFd, byte[] path, int mode, int flags);

  static native int posix_fadvise(int fd, long offset, long length, int advice);

  static native long mmap(long address, long length, int prot, int flags, int fd, long offset);

  static native int munmap(long address, long length);

  static native int mincore(long address, long length, byte[] residency);

  static native int flock(int fd, int operation);

  static native long lseek(int fd, long offset, int whence);

  static native int fstatfs(int fd, Pointer statfs);

  static native int ioctl(int fd, long request, Pointer argument);

  static native long syscall(long number, int fd, Pointer first, Pointer second, int flags);

  static native long syscall(
      long number, int fd, Pointer path, int flags, int mask, Pointer result);

  static native int getpagesize();

  static native long sysconf(int name);

  static native int geteuid();

  static native int socket(int domain, int type, int protocol);

  static native int bind(int fd, byte[] address, int length);

  static native int poll(byte[] pollfds, long count, int timeoutMillis);

  static native long recvfrom(
      int fd, byte[] buffer, long length, int flags, byte[] address, int[] addressLength);

  static native long sendto(
      int fd, byte[] buffer, long length, int flags, byte[] address, int addressLength);
}
