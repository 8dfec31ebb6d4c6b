package io.fadvised.pagecache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SampleTest {

  private static Sample of(int pieces, double share) {
    Sample sample = Sample.NONE;
    for (int i = 0; i < pieces; i++) {
      sample = sample.plus(share);
    }
    return sample;
  }

  @Test
  void whoHasLookedAtNothingKnowsNothing() {
    assertThat(Sample.NONE.share()).isZero();
    assertThat(Sample.NONE.error()).isEqualTo(1);
    assertThat(Sample.NONE.of(0)).isEqualTo(Residency.ofResident(0));
  }

  @Test
  void manyEmptyPiecesAreNoCertainty() {
    assertThat(of(1000, 0).share()).isZero();
    assertThat(of(1000, 0).error()).isBetween(3.0 / 1000, 5.0 / 1000);
    assertThat(of(1000, 1).share()).isEqualTo(1);
    assertThat(of(1000, 1).error()).isBetween(3.0 / 1000, 5.0 / 1000);
  }

  @Test
  void theErrorShrinksWithTheRootOfThePieces() {
    assertThat(of(10_000, 0.5).plus(0).error()).isLessThan(of(100, 0.5).error());
    Sample halfOfThem = of(5000, 0);
    for (int i = 0; i < 5000; i++) {
      halfOfThem = halfOfThem.plus(1);
    }
    assertThat(halfOfThem.share()).isEqualTo(0.5);
    assertThat(halfOfThem.error()).isCloseTo(0.01, within(0.0005)); // 2 * sqrt(1/4 / 10,000)
  }

  @Test
  void ofAStretchItTellsBytes() {
    Residency residency = of(1000, 0.25).of(1 << 20);

    assertThat(residency.residentBytes()).isEqualTo(1 << 18);
    assertThat(residency.errorBytes()).isPositive();
    assertThat(residency.unmeasuredBytes()).isEqualTo(1 << 20);
    assertThat(residency.isExact()).isFalse();
    assertThat(residency.dirtyBytes()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    // pieces, part of the file that has anything resident, resident share there
    "64, 0.001, 1",
    "64, 0.01, 1",
    "64, 0.05, 1",
    "64, 0.5, 1",
    "64, 0.97, 1",
    "64, 1, 0.0625",
    "64, 0.03, 0.0625",
    "500, 0.0005, 1",
    "500, 0.004, 1",
    "500, 0.02, 0.5",
    "500, 0.3, 1",
    "500, 0.999, 1",
    "5000, 0.0002, 1",
    "5000, 0.001, 0.0625",
    "5000, 0.1, 1",
  })
  void theErrorHoldsAtLeastAsOftenAsPromised(int pieces, double part, double share) {
    SplittableRandom random = new SplittableRandom(pieces);
    int cases = 3000;
    int held = 0;
    for (int i = 0; i < cases; i++) {
      Sample sample = Sample.NONE;
      for (int piece = 0; piece < pieces; piece++) {
        sample = sample.plus(random.nextDouble() < part ? share : 0);
      }
      held += Math.abs(sample.share() - part * share) <= sample.error() ? 1 : 0;
    }
    assertThat(100.0 * held / cases).isGreaterThanOrEqualTo(Sample.PROMISED_PERCENT - 0.8);
  }
}
