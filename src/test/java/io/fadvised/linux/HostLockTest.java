package io.fadvised.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostLockTest {
  private static final Path PROC = Path.of("/proc");

  @TempDir private Path directory;
  @TempDir private Path proc;

  @Test
  void secondHolderIsRejectedWithTheProcessOfTheFirst() throws IOException {
    try (HostLock first = HostLock.take(directory, PROC)) {
      assertThat(first.obstacle()).isEmpty();
      assertThatIOException()
          .isThrownBy(() -> HostLock.take(directory, PROC))
          .withMessageContaining("process " + ProcessHandle.current().pid() + " (")
          .withMessageContaining(directory.toString());
    }
  }

  @Test
  void releasedLockCanBeTakenAgain() throws IOException {
    HostLock.take(directory, PROC).close();

    try (HostLock second = HostLock.take(directory, PROC)) {
      assertThat(second.obstacle()).isEmpty();
    }
  }

  @Test
  void holderOfAnotherProcessNamespaceIsRejectedWithoutAName() throws IOException {
    Files.writeString(proc.resolve("locks"), "");
    try (HostLock first = HostLock.take(directory, PROC)) {
      assertThat(first.obstacle()).isEmpty();
      assertThatIOException()
          .isThrownBy(() -> HostLock.take(directory, proc))
          .withMessageContaining("a process has locked");
    }
  }

  @Test
  void killedProcessThatDoesNotEndIsIgnored() throws IOException {
    try (HostLock first = HostLock.take(directory, PROC)) {
      assertThat(first.obstacle()).isEmpty();
      String pid = Long.toString(ProcessHandle.current().pid());
      Files.copy(PROC.resolve("locks"), proc.resolve("locks"));
      Path process = Files.createDirectory(proc.resolve(pid));
      Files.writeString(process.resolve("stat"), pid + " (a) b) Z 1 1 1\n");

      try (HostLock second = HostLock.take(directory, proc)) {
        assertThat(second.obstacle()).contains("process " + pid + " has locked it, and is ending");
      }

      Files.writeString(process.resolve("stat"), pid + " (a) b) S 1 1 1\n");
      assertThatIOException().isThrownBy(() -> HostLock.take(directory, proc));
    }
  }

  @Test
  void missingDirectoryMeansNoLock() throws IOException {
    try (HostLock lock = HostLock.take(directory.resolve("nowhere"), PROC)) {
      assertThat(lock.obstacle()).contains("open: no such file (ENOENT)");
    }
  }
}
