package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** Tests with figures of real runs: 6.18, random reads of 1 GiB, evicted every second. */
class ThrashingTest {
  private static final long MIB = 1L << 20;
  private static final OptionalDouble STALLED = OptionalDouble.of(0.9);

  private static Conditions conditions(boolean pressed, OptionalDouble ioStallShare) {
    return new Conditions(pressed, ioStallShare, Duration.ofMinutes(1), false);
  }

  @Test
  void readerWhoseUpperCacheIsShortIsNotThrashing() {
    Returns repeated = new Returns(67 * MIB, 0, 44, 40.7, 144 * MIB, 0);
    Conditions isShort = new Conditions(true, STALLED, Duration.ofMillis(300), true);

    assertThat(Thrashing.isCausedBy(repeated, isShort)).isFalse();
  }

  @Test
  void directReaderWhosePagesRepeatAsOftenAsChanceIsThrashing() {
    Returns direct = new Returns(67 * MIB, 0, 44, 40.7, 144 * MIB, 0);

    assertThat(Thrashing.isCausedBy(direct, conditions(false, STALLED))).isTrue();
    assertThat(Thrashing.isCausedBy(direct, conditions(true, STALLED))).isTrue();
  }

  @Test
  void cachedReaderWhosePagesDoNotRepeatIsNotThrashing() {
    Returns cached = new Returns(16 * MIB, 0, 0, 20, 106 * MIB, 0);

    assertThat(Thrashing.isCausedBy(cached, conditions(false, STALLED))).isFalse();
    assertThat(Thrashing.isCausedBy(cached, conditions(true, STALLED))).isFalse();
  }

  @Test
  void rewrittenPagesAreNotThrashing() {
    Returns written = new Returns(65 * MIB, 0, 60, 60.7, 58 * MIB, 105 * MIB);

    assertThat(Thrashing.isCausedBy(written, conditions(false, STALLED))).isFalse();
    assertThat(Thrashing.isCausedBy(written, conditions(true, STALLED))).isFalse();
  }

  @Test
  void deviceWithoutReadsIsNotThrashingDespiteARoughEstimate() {
    Returns log = new Returns(80 * MIB, 0, 60, 60.7, 0, 64 * MIB);

    assertThat(Thrashing.isCausedBy(log, conditions(false, STALLED))).isFalse();
    assertThat(Thrashing.isCausedBy(log, conditions(true, STALLED))).isFalse();
  }

  @Test
  void repeatsCountInProportionToThePartReadBack() {
    Returns mostlyWritten = new Returns(170 * MIB, 0, 110, 108.3, 37 * MIB, 153 * MIB);
    Returns mostlyRead = new Returns(170 * MIB, 0, 110, 108.3, 137 * MIB, 53 * MIB);

    assertThat(Thrashing.isCausedBy(mostlyWritten, conditions(true, STALLED))).isFalse();
    assertThat(Thrashing.isCausedBy(mostlyRead, conditions(true, STALLED))).isTrue();
  }

  @Test
  void pagesReadBackOnceAreThrashingWithoutPressureOnly() {
    Returns once = new Returns(50 * MIB, 0, 0, 10, 60 * MIB, 0);

    assertThat(Thrashing.isCausedBy(once, conditions(true, STALLED))).isFalse();
    assertThat(Thrashing.isCausedBy(once, conditions(false, STALLED))).isTrue();
  }

  /**
   * From a run on 6.18: a file read from end to end, its beginning rewritten, one stretch of 16
   * returned.
   */
  @Test
  void estimateFromASingleStretchIsNotThrashing() {
    Returns rewritten = new Returns(62 * MIB, 61 * MIB, 0, 0, 123 * MIB, 12 * MIB);
    Returns spread = new Returns(186 * MIB, 61 * MIB, 0, 0, 123 * MIB, 12 * MIB);

    assertThat(Thrashing.isCausedBy(rewritten, conditions(false, STALLED))).isFalse();
    assertThat(Thrashing.isCausedBy(spread, conditions(false, STALLED))).isTrue();
  }

  @Test
  void fewRepeatsAreNotThrashing() {
    assertThat(
            Thrashing.isCausedBy(
                new Returns(20 * MIB, 0, 7, 7, 144 * MIB, 0), conditions(true, STALLED)))
        .isFalse();
  }

  @Test
  void lessThanAMebibyteReadBackIsNotThrashing() {
    assertThat(
            Thrashing.isCausedBy(
                new Returns(MIB - 1, 0, 99, 99, 4 * MIB, 0), conditions(false, STALLED)))
        .isFalse();
    assertThat(
            Thrashing.isCausedBy(
                new Returns(MIB, 0, 99, 99, 4 * MIB, 0), conditions(false, STALLED)))
        .isTrue();
  }

  @Test
  void hostWithoutIoStallsIsNotThrashing() {
    Returns direct = new Returns(67 * MIB, 0, 44, 40.7, 144 * MIB, 0);

    assertThat(Thrashing.isCausedBy(direct, conditions(false, OptionalDouble.of(0.005)))).isFalse();
    assertThat(Thrashing.isCausedBy(direct, conditions(false, OptionalDouble.empty()))).isTrue();
  }
}
