package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BudgetTest {

  private static Pressure pressure(double level) {
    return new Pressure(level, Map.of(), "test");
  }

  @ParameterizedTest
  @CsvSource({
    // relaxed, pressed, pressure, budget
    "1000, 200, 0, 1000",
    "1000, 200, 1, 200",
    "1000, 200, 0.5, 600",
    "1000, 200, 0.25, 800",
    "500, 500, 0.7, 500",
    "1000, 0, 1, 0",
    "0, 0, 0, 0",
    "9223372036854775807, 0, 1, 0",
    "9223372036854775807, 0, 0, 9223372036854775807",
  })
  void budgetFallsLinearlyFromRelaxedToPressed(
      long relaxed, long pressed, double level, long bytes) {
    assertThat(new Budget(relaxed, pressed).bytesAt(pressure(level))).isEqualTo(bytes);
  }

  @Test
  void budgetNeverGrowsWithPressure() {
    Budget budget = new Budget(12_345_678_901L, 1_234);
    long before = Long.MAX_VALUE;
    for (int i = 0; i <= 1000; i++) {
      long bytes = budget.bytesAt(pressure(i / 1000.0));
      assertThat(bytes).isBetween(1_234L, before);
      before = bytes;
    }
  }

  @ParameterizedTest
  @CsvSource({"10, 11", "10, -1", "-1, -1"})
  void invalidBudgetIsRejectedWithItsFigures(long relaxed, long pressed) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Budget(relaxed, pressed))
        .withMessage("budget from %d (relaxed) to %d (pressed) bytes", relaxed, pressed);
  }
}
