package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.policy.DirectIoTrial.Verdict;
import org.junit.jupiter.api.Test;

class DirectIoTrialTest {
  private static final long MIB = 1L << 20;

  @Test
  void withoutMuchIoNothingIsProven() {
    assertThat(DirectIoTrial.BEGUN.verdict()).isEqualTo(Verdict.OPEN);
    assertThat(DirectIoTrial.BEGUN.after(15 * MIB, 3 * MIB).verdict()).isEqualTo(Verdict.OPEN);
  }

  @Test
  void itHoldsIfMuchIoLeavesLittleBelow() {
    assertThat(DirectIoTrial.BEGUN.after(8 * MIB, 0).after(8 * MIB, MIB).verdict())
        .isEqualTo(Verdict.HOLDS);
  }

  @Test
  void itDoesNotHoldIfWhatIsReadOrWrittenIsFoundBelow() {
    assertThat(DirectIoTrial.BEGUN.after(20 * MIB, 18 * MIB).verdict())
        .isEqualTo(Verdict.DOES_NOT_HOLD);
  }

  @Test
  void aQuarterOfTheIoDecidesAndOfLittleIoItDoesNot() {
    assertThat(DirectIoTrial.BEGUN.after(16 * MIB, 4 * MIB).verdict())
        .isEqualTo(Verdict.DOES_NOT_HOLD);
    assertThat(DirectIoTrial.BEGUN.after(16 * MIB, 4 * MIB - 1).verdict()).isEqualTo(Verdict.HOLDS);
    assertThat(DirectIoTrial.BEGUN.after(40 * MIB, 5 * MIB).verdict()).isEqualTo(Verdict.HOLDS);
    assertThat(DirectIoTrial.BEGUN.after(8 * MIB, 3 * MIB).verdict()).isEqualTo(Verdict.OPEN);
  }

  @Test
  void aLookAtWhichSomethingHadLeftTakesNothingBack() {
    assertThat(DirectIoTrial.BEGUN.after(10 * MIB, -50 * MIB).after(10 * MIB, 9 * MIB).verdict())
        .isEqualTo(Verdict.DOES_NOT_HOLD);
  }
}
