package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SweepTimeTest {
  private static final long GIB = 1L << 30;

  @Test
  void beforeTheFirstSweepTheSizeTellsTheMostItMayTake() {
    assertThat(SweepTime.ofSize(GIB / 2).estimate()).hasMillis(15);
    assertThat(SweepTime.ofSize(10 * GIB).estimate()).hasMillis(300);
    assertThat(SweepTime.ofSize(Long.MAX_VALUE).estimate()).hasMillis(500);
  }

  @Test
  void theFirstSweepMakesTheEstimateShorterButNotLonger() {
    SweepTime before = SweepTime.ofSize(GIB);

    assertThat(before.afterFirst(Duration.ofMillis(3)).estimate()).hasMillis(3);
    assertThat(before.afterFirst(Duration.ofMillis(900))).isEqualTo(before);
  }

  @Test
  void laterOnesMoveItByAFourth() {
    SweepTime before = new SweepTime(Duration.ofMillis(40));

    assertThat(before.after(Duration.ofMillis(80)).estimate()).hasMillis(50);
    assertThat(before.after(Duration.ZERO).estimate()).hasMillis(30);
  }

  @Test
  void whatTakesAHundredthIsAsUrgentAfterAHundredthOfTheTime() {
    SweepTime quick = new SweepTime(Duration.ofMillis(5));
    SweepTime slow = new SweepTime(Duration.ofMillis(500));

    assertThat(quick.urgency(Duration.ofSeconds(1)))
        .isEqualTo(slow.urgency(Duration.ofSeconds(199)));
    assertThat(quick.urgency(Duration.ZERO)).isGreaterThan(slow.urgency(Duration.ZERO));
    assertThat(slow.urgency(Duration.ofSeconds(2)))
        .isGreaterThan(slow.urgency(Duration.ofSeconds(1)));
  }

  @Test
  void anEvictionMayTakeTwiceWhatIsExpectedOrWhatIsLeftForEachThatWaits() {
    SweepTime expected = new SweepTime(Duration.ofMillis(100));

    assertThat(expected.evictionTime(Duration.ofMillis(30))).hasMillis(200);
    assertThat(expected.evictionTime(Duration.ofMillis(300))).hasMillis(300);
  }

  @Test
  void anEvictionMayTakeFiveMillisecondsAtLeastAndASecondAtMost() {
    SweepTime nothing = new SweepTime(Duration.ZERO);

    assertThat(nothing.evictionTime(Duration.ofMillis(4))).hasMillis(5);
    assertThat(nothing.evictionTime(Duration.ofSeconds(2))).hasSeconds(1);
    assertThat(new SweepTime(Duration.ofMillis(600)).evictionTime(Duration.ZERO)).hasSeconds(1);
  }

  @Test
  void lessThanAMillisecondIsNoDifference() {
    assertThat(new SweepTime(Duration.ofNanos(1)).urgency(Duration.ofSeconds(1)))
        .isEqualTo(new SweepTime(Duration.ofMillis(1)).urgency(Duration.ofSeconds(1)))
        .isEqualTo(2000);
  }
}
