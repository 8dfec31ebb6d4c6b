package io.fadvised.linux;

import java.util.Optional;
import java.util.OptionalInt;

/** The kernel's calls for direct I/O: queries, and the switch of a loop device. Thread-safe. */
public interface DirectIo {

  /** Returns O_DIRECT, which has another value on each architecture. */
  static int openFlag() {
    return StatLayout.ofThisMachine().direct;
  }

  /**
   * Queries the alignment of direct I/O on a file: statx(2) with STATX_DIOALIGN.
   *
   * @return bytes that offset and length must be multiples of; 0 if the file does not support
   *     direct I/O; empty if the kernel (before 6.1) or the filesystem does not report it
   * @throws KernelException if the call fails
   */
  OptionalInt alignment(OpenFile file) throws KernelException;

  /**
   * Returns whether the file can be opened with O_DIRECT, see open(2). Opens it again for reading
   * through /proc/self/fd and closes it; reads nothing.
   *
   * @return empty if the open fails for another reason
   */
  Optional<Boolean> isSupportedBy(OpenFile file);

  /**
   * Returns whether the file has FS_NOCOW_FL, which chattr(1) sets with +C: btrfs keeps no
   * checksums of its data. See ioctl_iflags(2).
   *
   * @return false also if the flags cannot be queried
   */
  boolean isWrittenInPlace(OpenFile file);

  /**
   * Switches direct I/O on or off: LOOP_SET_DIRECT_IO, see loop(4). Needs CAP_SYS_ADMIN on a device
   * that was opened for reading.
   *
   * @throws KernelException with EINVAL, whatever the reason, if the loop driver rejects it
   */
  void setDirectIo(OpenFile loopDevice, boolean on) throws KernelException;

  /**
   * Sets the sector size of a loop device: LOOP_SET_BLOCK_SIZE, see loop(4). Switches direct I/O
   * off if the sectors become too small for it. Needs CAP_SYS_ADMIN on a device that was opened for
   * reading.
   *
   * @param bytes a power of two, from 512 to the page size: some stable kernels keep the device
   *     locked for ever after another value (the 6.6 backport of 7e49538288e5)
   * @throws KernelException with EBUSY if somebody holds the device, see {@link #checksHolders}
   */
  void setSectors(OpenFile loopDevice, int bytes) throws KernelException;

  /**
   * Returns whether the kernel leaves the sectors of a held device alone (7e49538288e5: 6.17, and
   * stable kernels of 2025). Holds the device for two calls and asks for the sector size that it
   * has.
   *
   * @param path bytes of the path of the node of a loop device with sectors of this size, or of a
   *     free one
   * @throws KernelException if it cannot be opened, with EBUSY if it is held
   */
  boolean checksHolders(byte[] path, int sectorBytes) throws KernelException;

  /**
   * Returns whether somebody holds a block device: a filesystem that is mounted in any mount
   * namespace, swap, another driver, or a program that opened it exclusively. Opens it for reading
   * with O_EXCL, see open(2), and closes it.
   *
   * @param path bytes of the path of its node
   * @throws KernelException if the open fails for another reason than EBUSY
   */
  boolean isHeld(byte[] path) throws KernelException;
}
