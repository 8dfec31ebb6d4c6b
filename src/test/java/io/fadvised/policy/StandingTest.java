package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.policy.Standing.Phase;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StandingTest {
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();
  private static final long HOUR = Duration.ofHours(1).toNanos();

  private final Standing active = Standing.at(0);

  @Test
  void withoutHarmADeviceStaysActive() {
    assertThat(active.after(false, false, HOUR)).isEqualTo(active);
  }

  @Test
  void theFirstHarmIsAnsweredByALookWithoutEviction() {
    Standing next = active.after(true, false, 1);

    assertThat(next.phase()).isEqualTo(Phase.BACKED_OFF);
    assertThat(next.after(false, false, 2).phase()).isEqualTo(Phase.ACTIVE);
  }

  @Test
  void theSecondHarmInARowStandsItDown() {
    Standing next = active.after(true, false, 1).after(true, false, 2);

    assertThat(next.phase()).isEqualTo(Phase.STOOD_DOWN);
    assertThat(next.rest()).isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void harmByTheEvictionAfterBackingOffStandsItDown() {
    Standing again = active.after(true, false, 1).after(false, false, 2);

    assertThat(again.phase()).isEqualTo(Phase.ACTIVE);
    assertThat(again.after(true, false, 3).phase()).isEqualTo(Phase.STOOD_DOWN);
    Standing later = again.after(false, false, 3).after(false, false, 4);
    assertThat(later.after(true, false, 5).phase()).isEqualTo(Phase.STOOD_DOWN);
    assertThat(later.after(false, false, 5).after(true, false, 6).phase())
        .isEqualTo(Phase.BACKED_OFF);
  }

  @Test
  void itIsTriedAgainWhenItsTimeIsOverAndNotBefore() {
    Standing down = stoodDown(active, HOUR);
    long due = HOUR + MINUTE;

    assertThat(down.after(false, false, due - 1)).isEqualTo(down);
    assertThat(down.isTrialDue(false, due)).isTrue();
    assertThat(down.after(false, false, due).phase()).isEqualTo(Phase.TRIAL);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 2", "3, 4", "6, 32", "7, 60", "50, 60"})
  void everyTrialThatFailsDoublesTheRestUpToAnHour(int failures, long minutes) {
    Standing standing = stoodDown(active, 0);
    long now = 0;
    for (int i = 1; i < failures; i++) {
      now += HOUR;
      standing = standing.after(false, false, now).after(true, false, now);
    }

    assertThat(standing.phase()).isEqualTo(Phase.STOOD_DOWN);
    assertThat(standing.rest()).isEqualTo(Duration.ofMinutes(minutes));
  }

  @Test
  void aTrialWithoutHarmAtThreeLooksMakesItActive() {
    Standing trial = stoodDown(active, 0).after(false, false, MINUTE);

    assertThat(trial.after(false, false, MINUTE).after(false, false, MINUTE)).isNotEqualTo(trial);
    assertThat(trial.after(false, false, MINUTE).after(false, false, MINUTE).phase())
        .isEqualTo(Phase.TRIAL);
    assertThat(
            trial
                .after(false, false, MINUTE)
                .after(false, false, MINUTE)
                .after(false, false, MINUTE)
                .phase())
        .isEqualTo(Phase.ACTIVE);
  }

  @Test
  void whatDidHarmWithMemoryToSpareIsTriedAtOnceWhenItBecomesScarce() {
    assertThat(stoodDown(active, 0).isTrialDue(true, 1)).isTrue();
    Standing pressed = active.after(true, true, 0).after(true, true, 0);
    assertThat(pressed.isTrialDue(true, 1)).isFalse();
  }

  @Test
  void anHourWithoutHarmIsForgiven() {
    Standing again = new Standing(Phase.ACTIVE, 0, 5, 0, HOUR, false);

    assertThat(stoodDown(again, 2 * HOUR - 1).standDowns()).isEqualTo(6);
    assertThat(stoodDown(again, 2 * HOUR).standDowns()).isEqualTo(1);
  }

  private static Standing stoodDown(Standing from, long nowNanos) {
    return from.after(true, false, nowNanos).after(true, false, nowNanos);
  }
}
