package io.fadvised.linux;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The error numbers that fadvised meets, with a description. Values: asm-generic/errno.h. */
public enum Errno {
  EPERM(1, "not permitted"),
  ENOENT(2, "no such file"),
  EINTR(4, "interrupted"),
  EIO(5, "input/output error"),
  ENXIO(6, "not attached"),
  EBADF(9, "bad file descriptor"),
  EAGAIN(11, "try again"),
  ENOMEM(12, "out of memory"),
  EACCES(13, "permission denied"),
  EBUSY(16, "busy"),
  ENODEV(19, "no such device, or not supported by the filesystem"),
  ENOTDIR(20, "not a directory"),
  EINVAL(22, "invalid argument"),
  ENFILE(23, "too many open files on the host"),
  EMFILE(24, "too many open files in this process"),
  ENOTTY(25, "not supported by this device"),
  EROFS(30, "read-only filesystem"),
  ENAMETOOLONG(36, "name too long"),
  ENOSYS(38, "not implemented by this kernel"),
  ELOOP(40, "a symbolic link, or too many of them"),
  EOPNOTSUPP(95, "not supported"),
  ECONNABORTED(103, "connection aborted: the filesystem's server is gone"),
  ENOBUFS(105, "events were lost"),
  ENOTCONN(107, "not connected: the filesystem's server is gone"),
  ESTALE(116, "stale file handle"),
  /** Any other number, which the message of the exception contains. */
  OTHER(-1, "error");

  private static final Map<Integer, Errno> BY_NUMBER =
      Arrays.stream(values()).collect(Collectors.toMap(errno -> errno.number, Function.identity()));

  private final int number;
  private final String words;

  Errno(int number, String words) {
    this.number = number;
    this.words = words;
  }

  static Errno of(int number) {
    return BY_NUMBER.getOrDefault(number, OTHER);
  }

  /** The description, in a few lower-case words. */
  public String words() {
    return words;
  }
}
