package io.fadvised.pressure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  /** On 6.18 with 24 GiB the high watermarks sum up to 99 MiB if a quarter of min is larger. */
  @ParameterizedTest
  @CsvSource({
    "24683652, 67584, 10, 116951",
    "24683652, 67584, 5, 101376",
    "1048576, 4096, -, 6144"
  })
  void watermarkIsComputedAsTheKernelDoes(
      long totalKib, long minKib, String scaleFactor, long highKib) throws IOException {
    Files.writeString(proc.resolve("meminfo"), "MemTotal: " + totalKib + " kB\nMemFree: 40 kB\n");
    Path vm = Files.createDirectories(proc.resolve("sys/vm"));
    Files.writeString(vm.resolve("min_free_kbytes"), minKib + "\n");
    if (!scaleFactor.equals("-")) { // before 4.6
      Files.writeString(vm.resolve("watermark_scale_factor"), scaleFactor + "\n");
    }

    assertThat(new PressureReader(proc).read().watermarkBytes() >> 10)
        .isBetween(highKib - 32, highKib);
  }

  @Test
  void watermarkIsZeroWithoutItsSysctls() throws IOException {
    assertThat(new PressureReader(proc).read().watermarkBytes()).isZero();
  }

  @Test
  void sampleHasNoStallsWithoutPsi() throws IOException {
    Files.delete(proc.resolve("pressure/memory"));
    Files.delete(proc.resolve("pressure/io"));
    Files.delete(proc.resolve("pressure"));

    assertThat(new PressureReader(proc).read().memoryStall()).isEmpty();
  }

  @Test
  void sampleHasNoStallsWhilePsiIsSwitchedOff() throws IOException {
    Files.delete(proc.resolve("pressure/memory"));
    Files.createDirectory(proc.resolve("pressure/memory")); // opens, and fails at the read

    PressureSample sample = new PressureReader(proc).read();

    assertThat(sample.memoryStall()).isEmpty();
  }

  @Test
  void readFailsWithoutVmstat() throws IOException {
    Files.delete(proc.resolve("vmstat"));

    assertThatIOException().isThrownBy(() -> new PressureReader(proc).read());
  }
}
