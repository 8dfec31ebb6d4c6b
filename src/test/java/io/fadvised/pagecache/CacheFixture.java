package io.fadvised.pagecache;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.linux.Errno;
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
  static final long WINDOW = Region.WINDOW_BYTES;
  static final long REGION = Region.REGION_BYTES;
  static final long PAGE = FakeKernel.PAGE_BYTES;

  final FakeKernel kernel = new FakeKernel();
  final FakeFile file;
  final OpenFile open;
  final MeasuringMemory memory = new MeasuringMemory(1);
  long nanos;

  CacheFixture(long sizeBytes) throws KernelException {
    this(sizeBytes, FakeKernel.PAGE_BYTES);
  }

  CacheFixture(long sizeBytes, int pageBytes) throws KernelException {
    kernel.withPages(pageBytes);
    file = kernel.file("/a", new FileIdentity(8, 100), sizeBytes);
    try (OpenFile located = kernel.locate("/a".getBytes(ISO_8859_1))) {
      open = kernel.openLocated(located);
    }
    kernel.forgetCalls();
  }

  /** Makes each later call advance {@link #nanos} by its cost. */
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

  /** Removes cachestat, as before 6.5. */
  CacheFixture beforeCachestat() {
    kernel.fail("cachestat", Errno.ENOSYS);
    return this;
  }

  Measurement measure(Duration slice) throws KernelException, UnmeasurableException {
    return measure(whole(), slice);
  }

  Measurement measure(ByteRange range, Duration slice)
      throws KernelException, UnmeasurableException {
    return Measurement.of(kernel, open, stat(), range, memory, slice, () -> nanos);
  }

  ByteRange whole() {
    return new ByteRange(0, file.sizeBytes());
  }

  FileStat stat() throws KernelException {
    return kernel.stat(open);
  }
}
