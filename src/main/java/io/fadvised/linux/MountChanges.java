package io.fadvised.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Returns whether the mounts of this namespace changed since the last call: poll(2) for POLLPRI on
 * a mountinfo file that stays open, see proc(5). A call takes 1 µs; reading 3,000 mounts takes
 * milliseconds. If the file cannot be opened or polled, every call returns true.
 */
public final class MountChanges implements BooleanSupplier {
  private final Path mountInfo;
  private @Nullable OpenFile file;

  /**
   * @param mountInfo the mountinfo file of this process
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
