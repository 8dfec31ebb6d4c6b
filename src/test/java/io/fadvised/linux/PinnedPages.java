package io.fadvised.linux;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Keeps all pages of a file in memory with mlock(2). They are neither reclaimed nor evicted, so
 * this is for tests of measurements only.
 */
public final class PinnedPages implements AutoCloseable {
  private static final LibC LIBC = Native.load("c", LibC.class);
  private static final int O_RDONLY = 0;
  private static final int PROT_READ = 1;
  private static final int MAP_SHARED = 1;

  private final Pointer start;
  private final NativeLong length;

  private PinnedPages(Pointer start, NativeLong length) {
    this.start = start;
    this.length = length;
  }

  /** Reads the whole file and pins it until {@link #close}. */
  public static PinnedPages of(Path file) throws IOException {
    NativeLong length = new NativeLong(Files.size(file));
    int descriptor = LIBC.open(file.toString(), O_RDONLY);
    try {
      Pointer start =
          LIBC.mmap(Pointer.NULL, length, PROT_READ, MAP_SHARED, descriptor, new NativeLong(0));
      LIBC.mlock(start, length);
      return new PinnedPages(start, length);
    } finally {
      LIBC.close(descriptor);
    }
  }

  @Override
  public void close() {
    LIBC.munmap(start, length);
  }

  private interface LibC extends Library {
    int open(String path, int flags) throws LastErrorException;

    Pointer mmap(
        Pointer near, NativeLong length, int access, int flags, int descriptor, NativeLong offset)
        throws LastErrorException;

    int mlock(Pointer start, NativeLong length) throws LastErrorException;

    int munmap(Pointer start, NativeLong length) throws LastErrorException;

    int close(int descriptor) throws LastErrorException;
  }
}
