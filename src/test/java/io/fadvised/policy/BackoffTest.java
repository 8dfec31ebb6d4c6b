package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final long NOW = 5_000_000_000L;

  @Test
  void firstReadBackSkipsOneEviction() {
    Backoff once = Backoff.NONE.afterReadBack(true, NOW);

    assertThat(once.isPaused(true, NOW)).isTrue();
    assertThat(once.isLong()).isFalse();
    assertThat(once.isCareful()).isFalse();
    assertThat(once.isPaused(true, NOW + Duration.ofSeconds(1).toNanos())).isFalse();
  }

  @Test
  void pauseDoublesFromAMinuteToAnHour() {
    Backoff backoff = Backoff.NONE.afterReadBack(true, NOW);
    for (int minutes : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
      backoff = backoff.afterReadBack(true, NOW);
      assertThat(backoff.pause()).isEqualTo(Duration.ofMinutes(minutes));
      assertThat(backoff.isLong()).isTrue();
    }
  }

  @Test
  void fourQuietEvictionsForgetASkippedOne() {
    Backoff third = Backoff.NONE.afterReadBack(true, NOW).afterQuiet().afterQuiet().afterQuiet();

    assertThat(third.afterReadBack(true, NOW).isLong()).isTrue();
    assertThat(third.afterQuiet()).isEqualTo(Backoff.NONE);
  }

  @Test
  void retryAfterAPauseIsCarefulForThreeEvictions() {
    Backoff paused = Backoff.NONE.afterReadBack(true, NOW).afterReadBack(true, NOW);

    assertThat(paused.afterQuiet().afterQuiet().isCareful()).isTrue();
    assertThat(paused.afterQuiet().afterQuiet().afterQuiet().isCareful()).isFalse();
  }

  @Test
  void pauseFromCalmTimesEndsWhenMemoryBecomesShort() {
    Backoff calm = Backoff.NONE.afterReadBack(false, NOW).afterReadBack(false, NOW);
    Backoff pressed = Backoff.NONE.afterReadBack(true, NOW).afterReadBack(true, NOW);

    assertThat(calm.isPaused(false, NOW)).isTrue();
    assertThat(calm.isPaused(true, NOW)).isFalse();
    assertThat(pressed.isPaused(true, NOW)).isTrue();
    assertThat(pressed.isPaused(false, NOW)).isTrue();
  }

  @Test
  void nothingIsPausedAtFirst() {
    assertThat(Backoff.NONE.isPaused(true, NOW)).isFalse();
    assertThat(Backoff.NONE.isPaused(false, NOW)).isFalse();
    assertThat(Backoff.NONE.afterQuiet()).isEqualTo(Backoff.NONE);
  }
}
