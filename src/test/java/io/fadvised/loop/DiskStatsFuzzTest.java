package io.fadvised.loop;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fadvised.fuzz.Bounds;
import java.nio.charset.StandardCharsets;

class DiskStatsFuzzTest {

  @FuzzTest
  void eachLineIsParsedIndependentlyForAnyBytes(byte[] input) throws Exception {
    String text = new String(input, StandardCharsets.ISO_8859_1);

    Bounds.within(() -> DiskStats.parse(text))
        .forEach(
            (name, counters) -> {
              assertThat(name).startsWith("loop").doesNotContain(" ", "\n");
              assertThat(counters.readBytes()).isNotNegative();
              assertThat(counters.writtenBytes()).isNotNegative();
            });
    assertThat(DiskStats.parse(text + "\n   7 1 loop1 0 0 1 0 0 0 0 0 0 0 0\n"))
        .containsEntry("loop1", new IoCounters(512, 0));
  }
}
