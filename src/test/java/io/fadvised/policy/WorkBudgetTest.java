package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkBudgetTest {
  private static final Duration RATE = Duration.ofMillis(20);
  private static final Duration MOST = Duration.ofMillis(20);

  @ParameterizedTest
  @CsvSource({
    // most for one, together, sharing, and what each gets, in milliseconds
    "20, 100, 0, 20",
    "20, 100, 1, 20",
    "20, 100, 5, 20",
    "20, 100, 10, 10",
    "20, 100, 100, 1",
  })
  void eachGetsItsShareOfTheWholeButNoMoreThanOneMayHave(
      long one, long together, int sharing, long each) {
    assertThat(WorkBudget.perSecond(Duration.ofMillis(one), Duration.ofMillis(together), sharing))
        .isEqualTo(Duration.ofMillis(each));
  }

  @Test
  void timeIsEarnedAndSavedUpToALimit() {
    WorkBudget budget = new WorkBudget(Duration.ZERO);

    assertThat(budget.earn(Duration.ofMillis(500), RATE, MOST).saved())
        .isEqualTo(Duration.ofMillis(10));
    assertThat(budget.earn(Duration.ofHours(1000), RATE, MOST).saved()).isEqualTo(MOST);
  }

  @Test
  void whatWasSpentTooMuchIsOwed() {
    WorkBudget budget = new WorkBudget(MOST).spend(Duration.ofMillis(50), MOST);

    assertThat(budget.saved()).isEqualTo(Duration.ofMillis(-30));
    assertThat(budget.until(Duration.ofMillis(1), RATE)).isEqualTo(Duration.ofMillis(1550));
    assertThat(budget.earn(Duration.ofMillis(1550), RATE, MOST).until(Duration.ofMillis(1), RATE))
        .isZero();
  }

  @Test
  void aCallThatHungIsForgivenSomeDay() {
    WorkBudget budget = new WorkBudget(MOST).spend(Duration.ofHours(1), MOST);

    assertThat(budget.until(Duration.ZERO, RATE)).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void inTheLongRunNoMoreIsSpentThanEarned() {
    SplittableRandom random = new SplittableRandom(1);
    for (int round = 0; round < 100; round++) {
      WorkBudget budget = new WorkBudget(MOST);
      Duration elapsed = Duration.ZERO;
      Duration spent = Duration.ZERO;
      while (elapsed.toMinutes() < 10) {
        Duration wait = budget.until(Duration.ofMillis(1), RATE);
        Duration pause = wait.plusMillis(random.nextInt(2000));
        elapsed = elapsed.plus(pause);
        budget = budget.earn(pause, RATE, MOST);
        Duration look = budget.saved().plusMillis(random.nextInt(30)); // late by so much
        spent = spent.plus(look);
        budget = budget.spend(look, MOST);
      }
      assertThat(spent.toMillis()).isLessThanOrEqualTo(20 * elapsed.toSeconds() + 20 + 30 + 20);
    }
  }
}
