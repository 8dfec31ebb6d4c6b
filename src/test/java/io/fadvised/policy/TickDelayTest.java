package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TickDelayTest {
  private static Duration delay(boolean isQuiet, boolean isWorkLeft, long untilDue, long spent) {
    return TickDelay.of(isQuiet, isWorkLeft, Duration.ofMillis(untilDue), Duration.ofMillis(spent));
  }

  @ParameterizedTest
  @CsvSource({
    "true, 60000, 5000",
    "false, 60000, 1000",
    "true, 300, 300",
    "false, 500, 500",
    "false, 40, 50",
    "false, -2000, 50",
  })
  void delayLastsUntilADeviceIsDueWithinItsBounds(boolean isQuiet, long untilDue, long delay) {
    assertThat(delay(isQuiet, false, untilDue, 1)).hasMillis(delay);
  }

  @ParameterizedTest
  @CsvSource({"false, 40, 50, 450", "false, 700, 50, 700", "false, 40, 5000, 1000"})
  void delayIsNineTimesTheTimeSpentButASecondAtMost(
      boolean isQuiet, long untilDue, long spent, long delay) {
    assertThat(delay(isQuiet, false, untilDue, spent)).hasMillis(delay);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "20, 180", "5000, 1000"})
  void workThatIsLeftWaitsForTheTimeSpentOnly(long spent, long delay) {
    assertThat(delay(false, true, 60_000, spent)).hasMillis(delay);
  }
}
