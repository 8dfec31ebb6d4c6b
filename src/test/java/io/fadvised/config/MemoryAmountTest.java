package io.fadvised.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryAmountTest {

  @Test
  void bytesDoNotDependOnTheHost() {
    assertThat(MemoryAmount.ofBytes(4096).bytesOf(1)).isEqualTo(4096);
  }

  @Test
  void percentageRefersToTheMemoryOfTheHost() {
    assertThat(MemoryAmount.ofPercent(12.5).bytesOf(8000)).isEqualTo(1000);
    assertThat(MemoryAmount.ofPercent(100).bytesOf(1L << 40)).isEqualTo(1L << 40);
    assertThat(MemoryAmount.ofPercent(0).bytesOf(1L << 40)).isZero();
  }

  @ParameterizedTest
  @CsvSource({"0,0B", "1000,1000B", "1024,1KiB", "268435456,256MiB", "1610612736,1536MiB"})
  void bytesArePrintedInTheLargestExactUnit(long bytes, String text) {
    assertThat(MemoryAmount.ofBytes(bytes)).hasToString(text);
  }

  @ParameterizedTest
  @CsvSource({"20,20%", "0.5,0.5%", "100,100%", "0,0%"})
  void percentageIsPrintedWithItsSign(double percent, String text) {
    assertThat(MemoryAmount.ofPercent(percent)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 100.1, Double.NaN, Double.POSITIVE_INFINITY})
  void percentageOutOfRangeIsRejected(double percent) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MemoryAmount.ofPercent(percent))
        .withMessageContaining(percent + "%");
  }

  @Test
  void negativeNumberOfBytesIsRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MemoryAmount.ofBytes(-1))
        .withMessageContaining("-1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MemoryAmount.ofPercent(1).bytesOf(-7))
        .withMessageContaining("-7");
  }
}
