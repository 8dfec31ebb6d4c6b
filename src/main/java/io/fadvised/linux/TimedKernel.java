package io.fadvised.linux;

import java.util.BitSet;
import java.util.OptionalLong;

/** Times each call of another {@link Kernel}. */
public final class TimedKernel implements Kernel {
  /** Receives each system call, failed ones included. */
  @FunctionalInterface
  public interface CallListener {
    /**
     * Called after a call has returned, on its thread.
     *
     * @param call the name of its manual page
     * @param nanos elapsed time
     */
    void called(String call, long nanos);
  }

  private interface Call<T> {
    T make() throws KernelException;
  }

  private final Kernel kernel;
  private final CallListener listener;

  public TimedKernel(Kernel kernel, CallListener listener) {
    this.kernel = kernel;
    this.listener = listener;
  }

  @Override
  public int pageBytes() {
    return kernel.pageBytes();
  }

  @Override
  public int onlineProcessors() {
    return kernel.onlineProcessors();
  }

  @Override
  public Credentials credentials() {
    return kernel.credentials();
  }

  @Override
  public OpenFile locate(byte[] path) throws KernelException {
    return timed("open", () -> kernel.locate(path));
  }

  @Override
  public OpenFile openDirectory(byte[] path) throws KernelException {
    return timed("open", () -> kernel.openDirectory(path));
  }

  @Override
  public OpenFile openLoopDevice(byte[] path) throws KernelException {
    return timed("open", () -> kernel.openLoopDevice(path));
  }

  @Override
  public OpenFile locateByHandle(OpenFile mount, FileHandle handle) throws KernelException {
    return timed("open_by_handle_at", () -> kernel.locateByHandle(mount, handle));
  }

  @Override
  public OpenFile openLocated(OpenFile located) throws KernelException {
    return timed("open", () -> kernel.openLocated(located));
  }

  @Override
  public FileStat stat(OpenFile file) throws KernelException {
    return timed("fstat", () -> kernel.stat(file));
  }

  @Override
  public byte[] pathOf(OpenFile file) throws KernelException {
    return timed("readlink", () -> kernel.pathOf(file));
  }

  @Override
  public FileSystemType fileSystemType(OpenFile file) throws KernelException {
    return timed("fstatfs", () -> kernel.fileSystemType(file));
  }

  @Override
  public boolean mayMeasure(OpenFile file) {
    return kernel.mayMeasure(file);
  }

  @Override
  public BitSet residentPages(OpenFile file, long offset, long length) throws KernelException {
    return timed("mincore", () -> kernel.residentPages(file, offset, length));
  }

  @Override
  public int[] residentPages(OpenFile file, long[] offsets, int length) throws KernelException {
    return timed("mincore", () -> kernel.residentPages(file, offsets, length));
  }

  @Override
  public boolean mayAskForData(OpenFile file) throws KernelException {
    return kernel.mayAskForData(file);
  }

  @Override
  public OptionalLong nextData(OpenFile file, long offset) throws KernelException {
    return timed("lseek", () -> kernel.nextData(file, offset));
  }

  @Override
  public CacheStat cacheStat(OpenFile file, long offset, long length) throws KernelException {
    return timed("cachestat", () -> kernel.cacheStat(file, offset, length));
  }

  @Override
  public byte[] read(OpenFile file, long offset, int length) throws KernelException {
    return timed("pread", () -> kernel.read(file, offset, length));
  }

  @Override
  public void adviseDontNeed(OpenFile file, long offset, long length) throws KernelException {
    timed(
        "posix_fadvise",
        () -> {
          kernel.adviseDontNeed(file, offset, length);
          return true;
        });
  }

  @Override
  public LoopStatus loopStatus(OpenFile loopDevice) throws KernelException {
    return timed("ioctl", () -> kernel.loopStatus(loopDevice));
  }

  @Override
  public int xfsGeneration(OpenFile mount, long inode) throws KernelException {
    return timed("ioctl", () -> kernel.xfsGeneration(mount, inode));
  }

  private <T> T timed(String name, Call<T> call) throws KernelException {
    long start = System.nanoTime();
    try {
      return call.make();
    } finally {
      listener.called(name, System.nanoTime() - start);
    }
  }
}
