package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** Tests with figures of real runs: 6.18, random reads of 1 GiB, evicted every second. */
class ThrashingTest {
  private static final long MIB = 1L << 20;
  private static final OptionalDouble STALLED = OptionalDouble.of(0.9);

  @Test
  void directReaderWhosePagesRepeatAsOftenAsChanceIsThrashing() {
    Returns direct = new Returns(67 * MIB, 0, 44, 40.7, 144 * MIB, 0);

    assertThat(Thrashing.isCausedBy(direct, false, STALLED)).isTrue();
    assertThat(Thrashing.isCausedBy(direct, true, STALLED)).isTrue();
  }

  @Test
  void cachedReaderWhosePagesDoNotRepeatIsNotThrashing() {
    Returns cached = new Returns(16 * MIB, 0, 0, 20, 106 * MIB, 0);

    assertThat(Thrashing.isCausedBy(cached, false, STALLED)).isFalse();
    assertThat(Thrashing.isCausedBy(cached, true, STALLED)).isFalse();
  }

  @Test
  void rewrittenPagesAreNotThrashing() {
    Returns written = new Returns(65 * MIB, 0, 60, 60.7, 58 * MIB, 105 * MIB);

    assertThat(Thrashing.isCausedBy(written, false, STALLED)).isFalse();
    assertThat(Thrashing.isCausedBy(written, true, STALLED)).isFalse();
  }

  @Test
  void deviceWithoutReadsIsNotThrashingDespiteARoughEstimate() {
    Returns log = new Returns(80 * MIB, 0, 60, 60.7, 0, 64 * MIB);

    assertThat(Thrashing.isCausedBy(log, false, STALLED)).isFalse();
    assertThat(Thrashing.isCausedBy(log, true, STALLED)).isFalse();
  }

  @Test
  void repeatsCountInProportionToThePartReadBack() {
    Returns mostlyWritten = new Returns(170 * MIB, 0, 110, 108.3, 37 * MIB, 153 * MIB);
    Returns mostlyRead = new Returns(170 * MIB, 0, 110, 108.3, 137 * MIB, 53 * MIB);

    assertThat(Thrashing.isCausedBy(mostlyWritten, true, STALLED)).isFalse();
    assertThat(Thrashing.isCausedBy(mostlyRead, true, STALLED)).isTrue();
  }

  @Test
  void pagesReadBackOnceAreThrashingWithoutPressureOnly() {
    Returns once = new Returns(50 * MIB, 0, 0, 10, 60 * MIB, 0);

    assertThat(Thrashing.isCausedBy(once, true, STALLED)).isFalse();
    assertThat(Thrashing.isCausedBy(once, false, STALLED)).isTrue();
  }

  /**
   * From a run on 6.18: a file read from end to end, its beginning rewritten, one stretch of 16
   * returned.
   */
  @Test
  void estimateFromASingleStretchIsNotThrashing() {
    Returns rewritten = new Returns(62 * MIB, 61 * MIB, 0, 0, 123 * MIB, 12 * MIB);
    Returns spread = new Returns(186 * MIB, 61 * MIB, 0, 0, 123 * MIB, 12 * MIB);

    assertThat(Thrashing.isCausedBy(rewritten, false, STALLED)).isFalse();
    assertThat(Thrashing.isCausedBy(spread, false, STALLED)).isTrue();
  }

  @Test
  void fewRepeatsAreNotThrashing() {
    assertThat(Thrashing.isCausedBy(new Returns(20 * MIB, 0, 7, 7, 144 * MIB, 0), true, STALLED))
        .isFalse();
  }

  @Test
  void lessThanAMebibyteReadBackIsNotThrashing() {
    assertThat(Thrashing.isCausedBy(new Returns(MIB - 1, 0, 99, 99, 4 * MIB, 0), false, STALLED))
        .isFalse();
    assertThat(Thrashing.isCausedBy(new Returns(MIB, 0, 99, 99, 4 * MIB, 0), false, STALLED))
        .isTrue();
  }

  @Test
  void hostWithoutIoStallsIsNotThrashing() {
    Returns direct = new Returns(67 * MIB, 0, 44, 40.7, 144 * MIB, 0);

    assertThat(Thrashing.isCausedBy(direct, false, OptionalDouble.of(0.005))).isFalse();
    assertThat(Thrashing.isCausedBy(direct, false, OptionalDouble.empty())).isTrue();
  }
}
