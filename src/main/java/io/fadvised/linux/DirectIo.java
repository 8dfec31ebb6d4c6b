package io.fadvised.linux;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the kernel says about direct I/O, and the one switch of it that fadvised uses. Safe for use
 * by several threads.
 */
public interface DirectIo {

  /**
   * What direct I/O on a file must be aligned to, by statx(2) with STATX_DIOALIGN.
   *
   * @return bytes that offset and length have to be multiples of; 0 if the file takes no direct
   *     I/O; empty if the kernel (before 6.1) or the filesystem does not tell
   * @throws KernelException if the call fails
   */
  OptionalInt alignment(OpenFile file) throws KernelException;

  /**
   * Whether a file can be opened for direct I/O. It is opened for reading once more, by way of
   * /proc/self/fd, and closed; nothing is read. See open(2), O_DIRECT.
   *
   * @return empty if it cannot be opened for another reason
   */
  Optional<Boolean> isSupportedBy(OpenFile file);

  /**
   * LOOP_SET_DIRECT_IO, see loop(4). Needs CAP_SYS_ADMIN on a device that was opened for reading.
   *
   * @throws KernelException EINVAL if the loop driver refuses, and never says why
   */
  void switchOn(OpenFile loopDevice) throws KernelException;

  /** The same the other way. */
  void switchOff(OpenFile loopDevice) throws KernelException;
}
