package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TickDelayTest {
  private static Duration delay(boolean isQuiet, boolean isWorkLeft, long untilDue, long rest) {
    return TickDelay.of(isQuiet, isWorkLeft, Duration.ofMillis(untilDue), Duration.ofMillis(rest));
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
  @CsvSource({"40, 450, 450", "700, 450, 700", "40, 1000, 1000"})
  void delayIsAtLeastTheRest(long untilDue, long rest, long delay) {
    assertThat(delay(false, false, untilDue, rest)).hasMillis(delay);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "180, 180"})
  void workThatIsLeftWaitsForTheRestOnly(long rest, long delay) {
    assertThat(delay(false, true, 60_000, rest)).hasMillis(delay);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, false, 0",
    "1, 0, false, 99",
    "1, 0, true, 39",
    "0, 20, false, 180",
    "5, 20, false, 495",
    "30, 5000, false, 2000",
    "90, 0, true, 2000",
  })
  void restDependsOnTheTickAndTheMeasurementAndIsTwoSecondsAtMost(
      long tick, long measuring, boolean isWorkLeft, long rest) {
    assertThat(TickDelay.rest(Duration.ofMillis(tick), Duration.ofMillis(measuring), isWorkLeft))
        .hasMillis(rest);
  }
}
