package io.fadvised.pressure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PressureReaderTest {
  @TempDir private Path proc;

  @BeforeEach
  void prepare() throws IOException {
    Files.writeString(proc.resolve("meminfo"), "MemTotal: 100 kB\nMemFree: 40 kB\n");
    Files.writeString(proc.resolve("vmstat"), "allocstall 3\n");
    Files.createDirectory(proc.resolve("pressure"));
    Files.writeString(proc.resolve("pressure/memory"), "some total=5\nfull total=4\n");
    Files.writeString(proc.resolve("pressure/io"), "some total=7\nfull total=6\n");
  }

  @Test
  void readsMemoryAndStalls() throws IOException {
    PressureSample sample = new PressureReader(proc).read();

    assertThat(sample.memory().totalBytes()).isEqualTo(100 << 10);
    assertThat(sample.cache().directReclaims()).isEqualTo(3);
    assertThat(sample.memoryStall()).contains(new Psi(5));
  }

  @Test
  void beforePsiThereAreNoStalls() throws IOException {
    Files.delete(proc.resolve("pressure/memory"));
    Files.delete(proc.resolve("pressure/io"));
    Files.delete(proc.resolve("pressure"));

    assertThat(new PressureReader(proc).read().memoryStall()).isEmpty();
  }

  @Test
  void psiThatIsSwitchedOffCannotBeRead() throws IOException {
    Files.delete(proc.resolve("pressure/memory"));
    Files.createDirectory(proc.resolve("pressure/memory")); // opens, and fails at the read

    PressureSample sample = new PressureReader(proc).read();

    assertThat(sample.memoryStall()).isEmpty();
  }

  @Test
  void withoutMeminfoOrVmstatTheReadFails() throws IOException {
    Files.delete(proc.resolve("vmstat"));

    assertThatIOException().isThrownBy(() -> new PressureReader(proc).read());
  }
}
