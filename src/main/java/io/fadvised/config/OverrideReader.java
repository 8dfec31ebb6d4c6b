package io.fadvised.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads {@code fadvised.devices.overrides}. */
final class OverrideReader {
  private static final String MATCH = "match";
  private static final String INTERVAL_MIN = "interval.min";
  private static final String INTERVAL_MAX = "interval.max";
  private static final String BUDGET_RELAXED = "budget.relaxed";
  private static final String BUDGET_PRESSED = "budget.pressed";
  private static final String DRY_RUN = "dry-run";

  private static final KnownKeys KEYS =
      new KnownKeys(
          "", List.of(MATCH, INTERVAL_MIN, INTERVAL_MAX, BUDGET_RELAXED, BUDGET_PRESSED, DRY_RUN));

  private final Optional<Interval> inherited;
  private final Problems problems;

  /**
   * @param inherited the interval of the other devices; empty if it is invalid
   */
  OverrideReader(Optional<Interval> inherited, Problems problems) {
    this.inherited = inherited;
    this.problems = problems;
  }

  List<DeviceOverride> read(String key, List<ConfigValue> elements) {
    List<DeviceOverride> overrides = new ArrayList<>();
    for (int i = 0; i < elements.size(); i++) {
      read(key + "[" + i + "]", elements.get(i)).ifPresent(overrides::add);
    }
    return overrides;
  }

  private Optional<DeviceOverride> read(String path, ConfigValue element) {
    if (!(element instanceof ConfigObject object)) {
      String message = Values.quote(element) + " is not a block in { }";
      problems.add(element.origin(), path, message);
      return Optional.empty();
    }
    new KeyCheck(KEYS, path + ".", problems).check(object);
    if (!object.containsKey(MATCH)) {
      problems.add(object.origin(), path, "has no match, so it would apply to no device");
    }
    return override(new BlockReader(object, path + ".", problems));
  }

  private Optional<DeviceOverride> override(BlockReader block) {
    int problemsBefore = problems.count();
    var match = block.read(MATCH, Values::glob);
    var min = block.read(INTERVAL_MIN, value -> Values.duration(value, Interval.MIN_RANGE));
    var max = block.read(INTERVAL_MAX, value -> Values.duration(value, Interval.MAX_RANGE));
    var relaxed = block.read(BUDGET_RELAXED, Values::memory);
    var pressed = block.read(BUDGET_PRESSED, Values::memory);
    var dryRun = block.read(DRY_RUN, Values::flag);
    DeviceOverride.intervalProblem(min, max, inherited.orElse(Interval.WIDEST))
        .ifPresent(problem -> block.report(problem, INTERVAL_MIN, INTERVAL_MAX));
    BudgetAmounts.problem("budget", relaxed, pressed)
        .ifPresent(problem -> block.report(problem, BUDGET_RELAXED, BUDGET_PRESSED));
    return problems.count() > problemsBefore
        ? Optional.empty()
        : match.map(glob -> new DeviceOverride(glob, min, max, relaxed, pressed, dryRun));
  }
}
