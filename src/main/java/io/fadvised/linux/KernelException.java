package io.fadvised.linux;

import java.io.IOException;

/** A system call that failed. The message names the call, what it meant, and the errno. */
public final class KernelException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Errno errno;

  /**
   * @param call the system call, as its manual page is named
   * @param number the error number it returned
   */
  public KernelException(String call, int number) {
    this(call, Errno.of(number), number);
  }

  private KernelException(String call, Errno errno, int number) {
    super(call + ": " + describe(errno, number));
    this.errno = errno;
  }

  /** The error number's name. */
  public Errno errno() {
    return errno;
  }

  private static String describe(Errno errno, int number) {
    return errno == Errno.OTHER
        ? errno.words() + " (errno " + number + ")"
        : errno.words() + " (" + errno + ")";
  }
}
