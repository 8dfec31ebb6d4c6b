package io.fadvised.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small classes without a test of their own. */
class ValuesTest {

  @Test
  void exceptionDescribesTheCallAndItsErrno() {
    KernelException missing = new KernelException("open", 2);
    KernelException unknown = new KernelException("mmap", 133);

    assertThat(missing.errno()).isEqualTo(Errno.ENOENT);
    assertThat(missing).hasMessage("open: no such file (ENOENT)");
    assertThat(unknown.errno()).isEqualTo(Errno.OTHER);
    assertThat(unknown).hasMessage("mmap: error (errno 133)");
  }

  @ParameterizedTest
  @CsvSource({
    "81a4, a regular file",
    "41ed, a directory",
    "a1ff, a symbolic link",
    "11a4, a FIFO",
    "c1ed, a socket",
    "61b0, a block device",
    "21b0, a character device",
    "01a4, a file of unknown type",
  })
  void kindOfFileIsReadFromTheMode(String mode, String kind) {
    FileStat stat = new FileStat(new FileIdentity(1, 2), Integer.parseInt(mode, 16), 0, 0);

    assertThat(stat.kind()).isEqualTo(kind);
    assertThat(stat.isRegularFile()).isEqualTo(kind.equals("a regular file"));
  }

  @Test
  void unknownFilesystemTypeKeepsItsNumber() {
    assertThat(FileSystemType.BTRFS).hasToString("btrfs");
    assertThat(new FileSystemType(0x4244)).hasToString("a filesystem of type 0x4244");
    assertThat(new FileSystemType(0x4244).isInMemory()).isFalse();
  }

  @Test
  void openFileIsClosedOnceAndRejectsLaterUse() {
    AtomicInteger closed = new AtomicInteger();
    OpenFile file = new OpenFile(7, closed::incrementAndGet);

    assertThat(file.descriptor()).isEqualTo(7);
    file.close();
    file.close();

    assertThat(closed).hasValue(1);
    assertThatIllegalStateException()
        .isThrownBy(file::descriptor)
        .withMessage("file descriptor 7 is closed");
  }

  @Test
  void timedKernelReportsSuccessfulAndFailedCalls() throws KernelException {
    FakeKernel kernel = new FakeKernel();
    kernel.file("/a", new FileIdentity(1, 2), 4096).read(0, 4096);
    kernel.fail("cachestat", Errno.ENOSYS);
    List<String> reported = new ArrayList<>();
    TimedKernel timed = new TimedKernel(kernel, (call, nanos) -> reported.add(call));

    try (OpenFile located = timed.locate(new byte[] {'/', 'a'});
        OpenFile file = timed.openLocated(located)) {
      timed.stat(file);
      assertThat(timed.residentPages(file, 0, 4096).cardinality()).isEqualTo(1);
      assertThat(catchThrowable(() -> timed.cacheStat(file, 0, 0)))
          .isInstanceOf(KernelException.class);
      timed.adviseDontNeed(file, 0, 4096);
      assertThat(timed.residentPages(file, 0, 4096).cardinality()).isZero();
    }

    assertThat(reported)
        .containsExactly(
            "open", "open", "fstat", "mincore", "cachestat", "posix_fadvise", "mincore");
    assertThat(kernel.openDescriptors()).isZero();
  }
}
