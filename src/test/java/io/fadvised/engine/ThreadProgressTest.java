package io.fadvised.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ThreadProgressTest {
  private static final Optional<String> THREAD = Optional.of("12/task/15");

  @TempDir private Path proc;
  private ThreadProgress progress;

  /** A thread that sleeps in a system call. */
  @BeforeEach
  void prepare() throws IOException {
    Files.createDirectories(proc.resolve("12/task/15"));
    set("stat", "15 (fadvised-sweepe) S 1 12 12 0 -1 4194368 ...");
    set("schedstat", "1000 20 3");
    set("syscall", "17 0x5 0x7f 0x1000 0x0 0x0 0x0 0x7ffc 0x7f12");
    progress = new ThreadProgress(proc);
  }

  private void set(String file, String text) throws IOException {
    Files.writeString(proc.resolve("12/task/15").resolve(file), text + "\n", ISO_8859_1);
  }

  private void remove(String file) throws IOException {
    Files.delete(proc.resolve("12/task/15").resolve(file));
  }

  private boolean isMadeAfterThis() {
    progress.isMade(THREAD);
    return progress.isMade(THREAD);
  }

  @Test
  void threadThatDoesNotRunYetMakesProgress() {
    assertThat(progress.isMade(Optional.empty())).isTrue();
    assertThat(progress.isMade(Optional.empty())).isTrue();
  }

  @Test
  void threadThatStaysInOneCallMakesNone() {
    assertThat(isMadeAfterThis()).isFalse();
  }

  @Test
  void threadThatUsedTheProcessorMakesProgress() throws IOException {
    progress.isMade(THREAD);
    set("schedstat", "2000 20 4");

    assertThat(progress.isMade(THREAD)).isTrue();
    assertThat(progress.isMade(THREAD)).isFalse();
  }

  @Test
  void threadInAnotherCallMakesProgress() throws IOException {
    progress.isMade(THREAD);
    set("syscall", "221 0x5 0x0 0x1000 0x4 0x0 0x0 0x7ffc 0x7f12");

    assertThat(progress.isMade(THREAD)).isTrue();
    assertThat(progress.isMade(THREAD)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "", ")", ") S", "a (b) D 1", "two\nlines", "\u00ff\u00fe"})
  void runnableThreadMakesProgressWhateverItsName(String name) throws IOException {
    set("stat", "15 (" + name + ") R 1 12 12 0 -1 4194368 ...");

    assertThat(isMadeAfterThis()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"R", ") R", "a (b) R 1", "\u00ff"})
  void threadInDiskSleepMakesNoneWhateverItsName(String name) throws IOException {
    set("stat", "15 (" + name + ") D 1 12 12 0 -1 4194368 ...");

    assertThat(isMadeAfterThis()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "15", "15 (x", "15 (x)", "15 (x) "})
  void truncatedStatIsNoProgress(String stat) throws IOException {
    set("stat", stat);

    assertThat(isMadeAfterThis()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"stat", "schedstat", "syscall"})
  void missingFileIsNoProgress(String file) throws IOException {
    remove(file);

    assertThat(isMadeAfterThis()).isFalse();
  }

  @Test
  void threadThatIsGoneMakesNone() {
    assertThat(progress.isMade(Optional.of("12/task/16"))).isFalse();
  }
}
