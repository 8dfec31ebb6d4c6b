package io.fadvised.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fadvised.config.DeviceSelection.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SettingsTest {
  private static final MemoryAmount ONE_PERCENT = MemoryAmount.ofPercent(1);
  private static final MemoryAmount MANY_BYTES = MemoryAmount.ofBytes(1000);

  @Test
  void intervalRejectsABoundOutOfRange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Interval(Duration.ofMillis(99), Duration.ofSeconds(1)))
        .withMessage("interval.min 99ms is not between 100ms and 1h");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Interval(Duration.ofSeconds(1), Duration.ofHours(25)))
        .withMessage("interval.max 25h is not between 100ms and 24h");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Interval(Duration.ofSeconds(9), Duration.ofSeconds(8)))
        .withMessage("interval.min 9s exceeds interval.max 8s");
  }

  @Test
  void budgetRejectsRelaxedBelowPressedInTheSameUnit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BudgetAmounts(ONE_PERCENT, MemoryAmount.ofPercent(2)))
        .withMessage("budget.relaxed 1% is below budget.pressed 2%");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BudgetAmounts(MemoryAmount.ofBytes(999), MANY_BYTES));
  }

  @Test
  void budgetOfTwoUnitsIsCheckedAgainstTheMemoryOfTheHost() {
    BudgetAmounts budget = new BudgetAmounts(ONE_PERCENT, MANY_BYTES);

    assertThat(budget.problem(100_000)).isEmpty();
    assertThat(budget.problem(51_200))
        .contains("budget.relaxed 1% is below budget.pressed 1000B on a host with 50KiB of memory");
  }

  @Test
  void overrideRejectsContradictoryBoundsAndBudgets() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> override("*", Optional.of(9), Optional.of(8)))
        .withMessage("interval.min 9s exceeds interval.max 8s");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new DeviceOverride(
                    Glob.of("*"),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(ONE_PERCENT),
                    Optional.of(MemoryAmount.ofPercent(2)),
                    Optional.empty()))
        .withMessageContaining("budget.relaxed 1%");
  }

  @Test
  void settingsRejectAnOverrideThatContradictsTheInheritedInterval() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings(override("loop1", Optional.of(90), Optional.empty())))
        .withMessage("\"loop1\": interval.min 90s exceeds the inherited interval.max 60s");
  }

  @Test
  void firstOverrideWithAKeyDecidesIt() {
    Settings settings =
        settings(
            override("loop1", Optional.empty(), Optional.of(5)),
            override("loop*", Optional.of(2), Optional.of(7)));

    assertThat(settings.forDevice("loop1", List.of("/a")).interval()).isEqualTo(seconds(2, 5));
    assertThat(settings.forDevice("loop2", List.of("/a")).interval()).isEqualTo(seconds(2, 7));
    assertThat(settings.forDevice("nbd0", List.of("/a")).interval()).isEqualTo(seconds(1, 60));
  }

  @Test
  void firstOverrideKeepsItsBoundIfTwoOverridesCross() {
    DeviceOverride longMin = override("loop1", Optional.of(50), Optional.empty());
    DeviceOverride shortMax = override("loop*", Optional.empty(), Optional.of(5));

    assertThat(settings(longMin, shortMax).forDevice("loop1", List.of("/a")).interval())
        .isEqualTo(seconds(50, 50));
    assertThat(settings(shortMax, longMin).forDevice("loop1", List.of("/a")).interval())
        .isEqualTo(seconds(5, 5));
  }

  @Test
  void budgetInAnOverrideIsACapForTheDeviceAlone() {
    DeviceOverride capped =
        new DeviceOverride(
            Glob.of("/a"),
            Optional.empty(),
            Optional.empty(),
            Optional.of(MANY_BYTES),
            Optional.empty(),
            Optional.of(true));

    assertThat(settings(capped).forDevice("loop1", List.of("/a")))
        .isEqualTo(
            new DevicePolicy(seconds(1, 60), Optional.of(MANY_BYTES), Optional.empty(), true));
    assertThat(settings(capped).forDevice("loop1", List.of("/b")))
        .isEqualTo(new DevicePolicy(seconds(1, 60), Optional.empty(), Optional.empty(), false));
  }

  @Test
  void selectionNamesTheDecidingPattern() {
    Devices devices =
        new Devices(
            List.of(Glob.of("/images/**"), Glob.of("loop7")), List.of(Glob.of("loop7")), List.of());

    assertThat(devices.selection("loop1", List.of("/images/a")))
        .isEqualTo(new DeviceSelection(Verdict.INCLUDED, "included by \"/images/**\""));
    assertThat(devices.selection("loop7", List.of("/images/a")))
        .isEqualTo(new DeviceSelection(Verdict.EXCLUDED, "excluded by \"loop7\""));
    assertThat(devices.selection("loop1", List.of("/srv/a")))
        .isEqualTo(new DeviceSelection(Verdict.UNMATCHED, "matches no pattern of devices.include"));
  }

  @Test
  void anyNameOfTheFileCanMatchAndExclusionWins() {
    Devices devices =
        new Devices(List.of(Glob.of("/pvc/**")), List.of(Glob.of("/srv/keep/**")), List.of());

    assertThat(devices.selection("loop1", List.of("/a", "/pvc/a")).included()).isTrue();
    assertThat(devices.selection("loop1", List.of("/pvc/a", "/srv/keep/a")).verdict())
        .isEqualTo(Verdict.EXCLUDED);
  }

  private static Interval seconds(int min, int max) {
    return new Interval(Duration.ofSeconds(min), Duration.ofSeconds(max));
  }

  private static DeviceOverride override(
      String match, Optional<Integer> minSeconds, Optional<Integer> maxSeconds) {
    return new DeviceOverride(
        Glob.of(match),
        minSeconds.map(Duration::ofSeconds),
        maxSeconds.map(Duration::ofSeconds),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static Settings settings(DeviceOverride... overrides) {
    return new Settings(
        seconds(1, 60),
        new BudgetAmounts(MemoryAmount.ofPercent(20), ONE_PERCENT),
        new BudgetAmounts(MemoryAmount.ofPercent(20), ONE_PERCENT),
        new Devices(List.of(Glob.of("*")), List.of(), List.of(overrides)),
        false,
        DirectIoMode.REPORT,
        LogLevel.INFO,
        MetricsOutput.NONE);
  }
}
