package io.fadvised.cli;

import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.LoopDevices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Resolves a typed name: {@code loop3} and {@code /dev/loop3} are the loop device, a directory is
 * the mount point of a loop device, and anything else is a file.
 */
final class TargetResolver {
  private static final Pattern LOOP_NAME = Pattern.compile("loop[0-9]{1,7}");

  private final LoopDevices scanner;
  private final LoopMounts mounts;
  private final Path devices;

  TargetResolver(LoopDevices scanner, LoopMounts mounts, Path devices) {
    this.scanner = scanner;
    this.mounts = mounts;
    this.devices = devices;
  }

  /**
   * Resolves a name. A file is not checked before {@link OpenTarget} opens it.
   *
   * @throws CommandFailedException if it is neither a file nor an attached loop device
   */
  Target resolve(String text) throws CommandFailedException {
    if (text.isEmpty()) {
      throw new CommandFailedException("an empty name");
    }
    try {
      Path path = Path.of(text);
      if (LOOP_NAME.matcher(text).matches()) {
        return device(text, text);
      }
      String name = path.getFileName() == null ? "" : path.getFileName().toString();
      if (devices.equals(path.getParent()) && LOOP_NAME.matcher(name).matches()) {
        return device(text, name);
      }
      return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
          ? device(text, mounts.deviceAt(path.toRealPath()))
          : new Target.OfFile(text, path);
    } catch (InvalidPathException e) {
      throw new CommandFailedException("is not a path: " + e.getReason(), e);
    } catch (IOException e) {
      throw new CommandFailedException(Sentences.of(e), e);
    }
  }

  private Target device(String text, String name) throws IOException, CommandFailedException {
    LoopDevice device =
        scanner
            .read(name)
            .orElseThrow(() -> new CommandFailedException("nothing is attached to " + name));
    return new Target.OfDevice(text, device);
  }
}
