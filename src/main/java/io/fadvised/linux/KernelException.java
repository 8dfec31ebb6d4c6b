package io.fadvised.linux;

import java.io.IOException;

/** A system call failed. The message has the call, a description of the error, and the errno. */
public final class KernelException extends IOException {
  private final Errno errno;

  /**
   * @param call the name of its manual page
   * @param number the error number it returned
   */
  public KernelException(String call, int number) {
    this(call, Errno.of(number), number);
  }

  private KernelException(String call, Errno errno, int number) {
    super(call + ": " + describe(errno, number));
    this.errno = errno;
  }

  public Errno errno() {
    return errno;
  }

  private static String describe(Errno errno, int number) {
    return errno == Errno.OTHER
        ? errno.words() + " (errno " + number + ")"
        : errno.words() + " (" + errno + ")";
  }
}
