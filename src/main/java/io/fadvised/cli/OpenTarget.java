package io.fadvised.cli;

import io.fadvised.engine.DeviceRange;
import io.fadvised.engine.Host;
import io.fadvised.linux.Errno;
import io.fadvised.linux.FileStat;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.UnreachableException;
import io.fadvised.pagecache.ByteRange;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;

/**
 * A target's file, open for reading.
 *
 * @param file the descriptor
 * @param stat its fstat(2)
 * @param range the part to measure, in whole pages
 */
record OpenTarget(OpenFile file, FileStat stat, ByteRange range) implements AutoCloseable {

  /** Opens a regular file. Never opens a device or a FIFO, and never follows a symbolic link. */
  static OpenTarget of(Target target, Host host) throws KernelException, CommandFailedException {
    if (target instanceof Target.OfDevice device) {
      return ofDevice(device.device(), host);
    }
    return ofFile((Target.OfFile) target, host.kernel(), false);
  }

  /**
   * Opens a regular file or a block device, which can be measured but not evicted. Follows a
   * symbolic link, which is safe because nothing is evicted.
   *
   * @throws IOException if a block device's size cannot be read
   */
  static OpenTarget toMeasure(Target target, Host host) throws IOException, CommandFailedException {
    if (!(target instanceof Target.OfFile named)) {
      return of(target, host);
    }
    Target.OfFile file =
        Files.isSymbolicLink(named.path())
            ? new Target.OfFile(named.text(), named.path().toRealPath())
            : named;
    OpenTarget opened = ofFile(file, host.kernel(), true);
    if (opened.stat.isRegularFile()) {
      return opened;
    }
    try (FileChannel device = FileChannel.open(file.path())) {
      return new OpenTarget(opened.file, opened.stat, ByteRange.ofFile(device.size()));
    } catch (IOException e) {
      opened.close();
      throw e;
    }
  }

  private static OpenTarget ofDevice(LoopDevice device, Host host) throws CommandFailedException {
    try {
      BackingFile backing = host.opener().open(device);
      ByteRange shown =
          DeviceRange.of(device, backing.stat().sizeBytes(), host.kernel().pageBytes());
      return new OpenTarget(backing.file(), backing.stat(), shown);
    } catch (UnreachableException e) {
      throw new CommandFailedException(e.reason(), e);
    }
  }

  private static OpenTarget ofFile(Target.OfFile target, Kernel kernel, boolean orBlockDevice)
      throws KernelException, CommandFailedException {
    try (OpenFile located = kernel.locate(target.pathBytes())) {
      FileStat stat = kernel.stat(located);
      if (!stat.isRegularFile() && !(orBlockDevice && stat.isBlockDevice())) {
        throw new CommandFailedException("is " + stat.kind() + ", not a regular file");
      }
      ByteRange whole = ByteRange.ofFile(stat.sizeBytes()).alignedOutwards(kernel.pageBytes());
      return new OpenTarget(kernel.openLocated(located), stat, whole);
    } catch (KernelException e) {
      if (e.errno() == Errno.ENOENT) {
        throw new CommandFailedException("no such file", e);
      }
      throw e;
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
