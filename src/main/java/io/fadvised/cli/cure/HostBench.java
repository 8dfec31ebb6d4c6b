package io.fadvised.cli.cure;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.cli.Programs;
import io.fadvised.directio.Attachment;
import io.fadvised.directio.AttachmentReader;
import io.fadvised.linux.DirectIo;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.LoopScanner;
import io.fadvised.loop.MountTable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@link Bench} of this host. Reads /sys and /proc anew each time. */
public final class HostBench implements Bench {
  private static final Duration MAX_WAIT = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(50);

  private final String name;
  private final Programs programs;
  private final DirectIo directIo;
  private final Path devices;
  private final Path sysRoot;
  private final Path procRoot;

  /**
   * @param name of the loop device
   * @param devices the directory of device nodes
   * @param sysRoot where sysfs is mounted
   * @param procRoot where procfs is mounted
   */
  public HostBench(
      String name,
      Programs programs,
      DirectIo directIo,
      Path devices,
      Path sysRoot,
      Path procRoot) {
    this.name = name;
    this.programs = programs;
    this.directIo = directIo;
    this.devices = devices;
    this.sysRoot = sysRoot;
    this.procRoot = procRoot;
  }

  @Override
  public void run(List<String> command) throws Programs.FailedException, InterruptedException {
    programs.run(command);
  }

  @Override
  public Optional<Attachment> attachment() throws IOException {
    Optional<LoopDevice> device = new LoopScanner(sysRoot).read(name);
    if (device.isEmpty()) {
      return Optional.empty();
    }
    MountTable mounts = new MountTable(procRoot, System::nanoTime); // would cache for a second
    return Optional.of(new AttachmentReader(sysRoot, procRoot, mounts).read(device.get()));
  }

  /** A starting container has a copy of all mounts until it has a root of its own. */
  @Override
  public boolean awaitFree() throws IOException {
    byte[] node = devices.resolve(name).toString().getBytes(ISO_8859_1);
    return await(() -> !directIo.isHeld(node));
  }

  /** The kernel detaches a device at its last close, which udev can delay for a moment. */
  @Override
  public boolean awaitDetached() {
    try {
      return await(() -> new LoopScanner(sysRoot).read(name).isEmpty());
    } catch (IOException e) {
      return false;
    }
  }

  /** A state of the device. */
  @FunctionalInterface
  private interface State {
    boolean isReached() throws IOException;
  }

  private static boolean await(State state) throws IOException {
    long end = System.nanoTime() + MAX_WAIT.toNanos();
    try {
      while (!state.isReached()) {
        if (System.nanoTime() - end > 0) {
          return false;
        }
        Thread.sleep(POLL.toMillis());
      }
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }
}
