package io.fadvised.pagecache;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.linux.FakeFile;
import io.fadvised.linux.FakeKernel;
import io.fadvised.linux.FileIdentity;
import io.fadvised.linux.FileStat;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.time.Duration;
import java.util.List;

/** A fake kernel with one open file. */
final class CacheFixture {
  static final long MIB = 1L << 20;
  static final long GIB = 1L << 30;
  static final long WINDOW = ResidencyProbe.WINDOW_BYTES;
  static final long REGION = ResidencyProbe.REGION_BYTES;
  static final long PAGE = FakeKernel.PAGE_BYTES;

  final FakeKernel kernel = new FakeKernel();
  final FakeFile file;
  final OpenFile open;
  long nanos;

  CacheFixture(long sizeBytes) throws KernelException {
    file = kernel.file("/a", new FileIdentity(8, 100), sizeBytes);
    try (OpenFile located = kernel.locate("/a".getBytes(ISO_8859_1))) {
      open = kernel.openLocated(located);
    }
    kernel.forgetCalls();
  }

  /** From now on each call takes its time, by {@link #nanos}. */
  CacheFixture costing(long nanosPerCall, double nanosPerPage) {
    for (String call : List.of("mincore", "cachestat", "lseek")) {
      kernel.before(
          call,
          made -> {
            double pages = call.equals("mincore") ? (double) made.length() / PAGE : 0;
            nanos += nanosPerCall + (long) (pages * nanosPerPage);
          });
    }
    return this;
  }

  /** A look of a limited time, by {@link #nanos}. */
  Look look(Duration time, LookMemory memory) {
    return new Look(() -> nanos, time, memory);
  }

  ByteRange whole() {
    return new ByteRange(0, file.sizeBytes());
  }

  FileStat stat() throws KernelException {
    return kernel.stat(open);
  }
}
