package io.fadvised.directio;

import io.fadvised.loop.LoopDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;

/** Reads the contents of loop devices. Blocks as long as their backing files do. */
public final class ContentsReader {
  /** The length of both ends that has to be zero; few formats have a signature farther inside. */
  private static final int END_BYTES = 1 << 20;

  private final Path devices;

  /**
   * @param devices the directory of device nodes
   */
  public ContentsReader(Path devices) {
    this.devices = devices;
  }

  /**
   * Reads the first 68 KiB of a device.
   *
   * @return empty if the device cannot be read
   */
  public Optional<Contents> read(LoopDevice device) {
    try (FileChannel channel = FileChannel.open(devices.resolve(device.name()))) {
      return Optional.of(new Superblocks(part(channel, 0, Superblocks.HEAD_BYTES)).contents());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Verifies contents before commands are given for them: by blkid(8), or else by the end of the
   * device. Both must agree.
   *
   * @return not recognised if they do not; empty if the device cannot be read
   */
  public Optional<Contents> verify(LoopDevice device, Contents contents)
      throws InterruptedException {
    Path node = devices.resolve(device.name());
    try {
      Optional<Contents> other = Blkid.contentsOf(node);
      boolean isBlank = contents.equals(Contents.BLANK);
      if (other.isPresent() && !other.get().kind().equals(contents.kind())) {
        return other.get().equals(Contents.BLANK) ? Optional.of(Contents.NOT_RECOGNISED) : other;
      }
      boolean isRefuted =
          (other.isEmpty() || isBlank) && hasDataElsewhere(node, device.sizeBytes(), isBlank);
      return Optional.of(isRefuted ? Contents.NOT_RECOGNISED : contents);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Returns whether the device ends with a signature, or a blank one has any data at its ends. */
  private static boolean hasDataElsewhere(Path node, long sizeBytes, boolean isBlank)
      throws IOException {
    int length = (int) Math.min(END_BYTES, sizeBytes);
    try (FileChannel channel = FileChannel.open(node)) {
      ByteBuffer tail = part(channel, sizeBytes - length, length);
      return isBlank
          ? !Superblocks.isZero(tail) || !Superblocks.isZero(part(channel, 0, length))
          : Superblocks.isMdAtTheEnd(tail, sizeBytes);
    }
  }

  /** Reads a part of a device; what is beyond its end is zero. */
  private static ByteBuffer part(FileChannel channel, long offset, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    int count = 0;
    while (bytes.hasRemaining() && count >= 0) {
      count = channel.read(bytes, offset + bytes.position());
    }
    return bytes.clear();
  }
}
