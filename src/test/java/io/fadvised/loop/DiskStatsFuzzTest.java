package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fadvised.fuzz.Bounds;
import java.nio.file.Path;

class DiskStatsFuzzTest {
  private static final String LINE = "\n   7 1 loop1 0 0 1 0 0 0 0 0 0 0 0\n";

  @FuzzTest
  void eachLineIsParsedIndependentlyForAnyBytes(byte[] input) throws Exception {
    byte[] more = (new String(input, ISO_8859_1) + LINE).getBytes(ISO_8859_1);
    DiskStats diskStats = new DiskStats(Path.of("/proc"));

    Bounds.within(() -> diskStats.parse(input, input.length))
        .forEach(
            (name, counters) -> {
              assertThat(name).startsWith("loop").doesNotContain(" ", "\n");
              assertThat(counters.readBytes()).isNotNegative();
              assertThat(counters.writtenBytes()).isNotNegative();
            });
    assertThat(new DiskStats(Path.of("/proc")).parse(more, more.length))
        .containsEntry("loop1", new IoCounters(512, 0))
        .isEqualTo(diskStats.parse(more, more.length));
  }
}
