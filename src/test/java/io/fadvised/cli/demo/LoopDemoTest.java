package io.fadvised.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoopDemoTest {
  @ParameterizedTest
  @CsvSource({
    "1, 2, from the upper copy",
    "104, 104, was not evicted",
    "104, 110, was not evicted",
    "1, 100, filled the lower cache again",
    "50, 110, filled the lower cache again",
  })
  void conclusionDependsOnWhatTheEvictionLeft(long leftMib, long lowerMib, String conclusion) {
    assertThat(LoopDemo.readingAgain(110 << 20, leftMib << 20, lowerMib << 20))
        .contains(conclusion);
  }
}
