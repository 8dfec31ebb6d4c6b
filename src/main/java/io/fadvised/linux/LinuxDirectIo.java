package io.fadvised.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.Optional;
import java.util.OptionalInt;

/** {@link DirectIo} through libc. */
public final class LinuxDirectIo implements DirectIo {
  static final int STATX_BYTES = 256;
  static final int STATX_MASK_AT = 0;

  /** stx_dio_offset_align, include/uapi/linux/stat.h. */
  static final int STATX_OFFSET_ALIGN_AT = 0x9C;

  static final int STATX_DIOALIGN = 0x2000;

  /** include/uapi/linux/fs.h. */
  static final int FS_NOCOW_FL = 0x00800000;

  private static final int READING = LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY;

  private final StatLayout layout = StatLayout.ofThisMachine();

  @Override
  public OptionalInt alignment(OpenFile file) throws KernelException {
    try (Memory empty = new Memory(1);
        Memory statx = new Memory(STATX_BYTES)) {
      empty.setByte(0, (byte) 0);
      statx.clear();
      long result =
          LibC.syscall(
              layout.statx, file.descriptor(), empty, LibC.AT_EMPTY_PATH, STATX_DIOALIGN, statx);
      if (result < 0) {
        KernelException failure = LinuxKernel.failed("statx");
        if (failure.errno() == Errno.ENOSYS) { // before 4.11
          return OptionalInt.empty();
        }
        throw failure;
      }
      boolean reported = (statx.getInt(STATX_MASK_AT) & STATX_DIOALIGN) != 0;
      return reported ? OptionalInt.of(statx.getInt(STATX_OFFSET_ALIGN_AT)) : OptionalInt.empty();
    }
  }

  @Override
  public Optional<Boolean> isSupportedBy(OpenFile file) {
    byte[] path = ("/proc/self/fd/" + file.descriptor()).getBytes(ISO_8859_1);
    try {
      LinuxKernel.open(path, layout.direct | LibC.O_NONBLOCK | LibC.O_NOCTTY).close();
      return Optional.of(true);
    } catch (KernelException e) {
      return e.errno() == Errno.EINVAL ? Optional.of(false) : Optional.empty();
    }
  }

  @Override
  public boolean isWrittenInPlace(OpenFile file) {
    try (Memory flags = new Memory(Long.BYTES)) { // the kernel writes an int, the number says long
      flags.clear();
      return LibC.ioctl(file.descriptor(), LibC.FS_IOC_GETFLAGS, flags) >= 0
          && (flags.getInt(0) & FS_NOCOW_FL) != 0;
    }
  }

  @Override
  public void setDirectIo(OpenFile loopDevice, boolean on) throws KernelException {
    control(loopDevice, "LOOP_SET_DIRECT_IO", LibC.LOOP_SET_DIRECT_IO, on ? 1 : 0);
  }

  @Override
  public void setSectors(OpenFile loopDevice, int bytes) throws KernelException {
    if (bytes < 512 || bytes > LibC.getpagesize() || Integer.bitCount(bytes) != 1) {
      throw new IllegalArgumentException("sectors of " + bytes + " bytes");
    }
    control(loopDevice, "LOOP_SET_BLOCK_SIZE", LibC.LOOP_SET_BLOCK_SIZE, bytes);
  }

  @Override
  public boolean checksHolders(byte[] path, int sectorBytes) throws KernelException {
    OpenFile holder = LinuxKernel.open(path, READING | LibC.O_EXCL);
    try {
      return isRejected(path, sectorBytes);
    } finally {
      holder.close();
    }
  }

  private boolean isRejected(byte[] path, int sectorBytes) {
    try (OpenFile other = LinuxKernel.open(path, READING)) {
      setSectors(other, sectorBytes);
      return false;
    } catch (KernelException e) {
      return e.errno() == Errno.EBUSY;
    }
  }

  @Override
  public boolean isHeld(byte[] path) throws KernelException {
    try {
      LinuxKernel.open(path, READING | LibC.O_EXCL).close();
      return false;
    } catch (KernelException e) {
      if (e.errno() == Errno.EBUSY) {
        return true;
      }
      throw e;
    }
  }

  private static void control(OpenFile loopDevice, String call, long request, long number)
      throws KernelException {
    Pointer argument = new Pointer(number); // not an address
    LinuxKernel.check(call, LibC.ioctl(loopDevice.descriptor(), request, argument));
  }
}
