package io.fadvised.metrics;

import io.fadvised.linux.CacheStat;
import io.fadvised.linux.Credentials;
import io.fadvised.linux.FileHandle;
import io.fadvised.linux.FileStat;
import io.fadvised.linux.FileSystemType;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.LoopStatus;
import io.fadvised.linux.OpenFile;
import java.util.BitSet;
import java.util.OptionalLong;

/** A kernel that permits nothing, so that every sweep ends at its beginning. */
final class ForbiddingKernel implements Kernel {
  private static final int EACCES = 13;

  @Override
  public int pageBytes() {
    return 4096;
  }

  @Override
  public int onlineProcessors() {
    return 2;
  }

  @Override
  public Credentials credentials() {
    return new Credentials(1000, 0, true);
  }

  @Override
  public OpenFile locate(byte[] path) throws KernelException {
    throw forbidden("open");
  }

  @Override
  public OpenFile openDirectory(byte[] path) throws KernelException {
    throw forbidden("open");
  }

  @Override
  public OpenFile openLoopDevice(byte[] path) throws KernelException {
    throw forbidden("open");
  }

  @Override
  public OpenFile locateByHandle(OpenFile mount, FileHandle handle) throws KernelException {
    throw forbidden("open_by_handle_at");
  }

  @Override
  public OpenFile openLocated(OpenFile located) throws KernelException {
    throw forbidden("open");
  }

  @Override
  public FileStat stat(OpenFile file) throws KernelException {
    throw forbidden("fstat");
  }

  @Override
  public byte[] pathOf(OpenFile file) throws KernelException {
    throw forbidden("readlink");
  }

  @Override
  public FileSystemType fileSystemType(OpenFile file) throws KernelException {
    throw forbidden("fstatfs");
  }

  @Override
  public boolean mayWrite(OpenFile file) {
    return false;
  }

  @Override
  public BitSet residentPages(OpenFile file, long offset, long length) throws KernelException {
    throw forbidden("mincore");
  }

  @Override
  public int[] residentPages(OpenFile file, long[] offsets, int length) throws KernelException {
    throw forbidden("mincore");
  }

  @Override
  public boolean mayAskForData(OpenFile file) {
    return false;
  }

  @Override
  public OptionalLong nextData(OpenFile file, long offset) throws KernelException {
    throw forbidden("lseek");
  }

  @Override
  public boolean adviceDrainsAtHoles() {
    return false;
  }

  @Override
  public CacheStat cacheStat(OpenFile file, long offset, long length) throws KernelException {
    throw forbidden("cachestat");
  }

  @Override
  public void adviseDontNeed(OpenFile file, long offset, long length) throws KernelException {
    throw forbidden("posix_fadvise");
  }

  @Override
  public LoopStatus loopStatus(OpenFile loopDevice) throws KernelException {
    throw forbidden("ioctl");
  }

  @Override
  public int xfsGeneration(OpenFile mount, long inode) throws KernelException {
    throw forbidden("ioctl");
  }

  private static KernelException forbidden(String call) {
    return new KernelException(call, EACCES);
  }
}
