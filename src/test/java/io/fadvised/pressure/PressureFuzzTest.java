package io.fadvised.pressure;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fadvised.fuzz.Bounds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

class PressureFuzzTest {

  @FuzzTest
  void valuesOfAnyFileArePossible(byte[] input) throws Exception {
    String text = new String(input, StandardCharsets.ISO_8859_1);

    assertPossible(Bounds.within(() -> VmStat.parse(text)));
    Bounds.within(() -> Psi.parse(text))
        .ifPresent(psi -> assertThat(psi.someMicros()).isNotNegative());
    try {
      assertPossible(Bounds.within(() -> MemInfo.parse(text)));
    } catch (IOException e) {
      assertThat(e).hasMessage("no MemTotal or no MemFree in meminfo");
    }
  }

  private static void assertPossible(MemInfo memory) {
    assertThat(memory.totalBytes()).isPositive();
    assertThat(memory.availableBytes()).isBetween(0L, memory.totalBytes());
    assertThat(memory.freeBytes()).isNotNegative();
    assertThat(memory.inactiveFileBytes()).isNotNegative();
  }

  private static void assertPossible(VmStat counters) {
    assertThat(counters.refaultedPages()).isNotNegative();
    assertThat(counters.scannedPages()).isNotNegative();
    assertThat(counters.directReclaims()).isNotNegative();
    assertThat(counters.reclaimedPages()).isNotNegative();
    assertThat(counters.allScannedPages()).isNotNegative();
  }
}
