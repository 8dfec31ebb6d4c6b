package io.fadvised.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reports whether the mounts of this namespace changed since the last call: poll(2) for POLLPRI on
 * a mountinfo file that stays open, proc(5). Costs 1 µs, where reading 3,000 mounts takes
 * milliseconds. Where the file cannot be opened or polled, it reports a change each time.
 */
public final class MountChanges implements BooleanSupplier {
  private final Path mountInfo;
  private @Nullable OpenFile file;

  /**
   * @param mountInfo of this process, in procfs
   */
  public MountChanges(Path mountInfo) {
    this.mountInfo = mountInfo;
  }

  @Override
  public synchronized boolean getAsBoolean() {
    try {
      if (file == null) {
        file = LinuxKernel.open(mountInfo.toString().getBytes(ISO_8859_1), LibC.O_RDONLY);
        return true;
      }
      return Poll.await(file, LibC.POLLPRI, Duration.ZERO) != 0;
    } catch (KernelException e) {
      return true;
    }
  }
}
