package io.fadvised.config;

import com.typesafe.config.ConfigObject;
import java.util.List;
import java.util.Optional;

/** Converts the block {@code fadvised} to settings; returns none if there is a problem. */
final class SettingsReader {
  static final String INCLUDE = "devices.include";
  static final String EXCLUDE = "devices.exclude";
  static final String LISTEN = "metrics.listen";
  private static final String OVERRIDES = "devices.overrides";

  private final BlockReader block;
  private final String root;
  private final Problems problems;

  private SettingsReader(ConfigObject fadvised, String root, Problems problems) {
    this.block = new BlockReader(fadvised, root, problems);
    this.root = root;
    this.problems = problems;
  }

  static Optional<Settings> read(ConfigObject fadvised, String root, Problems problems) {
    return new SettingsReader(fadvised, root, problems).settings();
  }

  private Optional<Settings> settings() {
    Optional<Interval> interval = interval();
    Optional<BudgetAmounts> budget = budget("budget");
    Optional<BudgetAmounts> containerBudget = budget("budget.container");
    Devices devices = devices(interval);
    Optional<Boolean> dryRun = block.read("dry-run", Values::flag);
    Optional<DirectIoMode> directIo =
        block.read("direct-io", value -> Values.oneOf(DirectIoMode.values(), value));
    Optional<LogLevel> logLevel =
        block.read("log.level", value -> Values.oneOf(LogLevel.values(), value));
    var textfile = block.read("metrics.textfile", Values::textfile);
    var listen = block.read(LISTEN, Values::listenAddress);
    if (problems.count() > 0) {
      return Optional.empty();
    }
    return Optional.of(
        new Settings(
            interval.orElseThrow(),
            budget.orElseThrow(),
            containerBudget.orElseThrow(),
            devices,
            dryRun.orElseThrow(),
            directIo.orElseThrow(),
            logLevel.orElseThrow(),
            new MetricsOutput(textfile.orElseThrow(), listen.orElseThrow())));
  }

  private Optional<Interval> interval() {
    String minKey = "interval.min";
    String maxKey = "interval.max";
    var min = block.read(minKey, value -> Values.duration(value, Interval.MIN_RANGE));
    var max = block.read(maxKey, value -> Values.duration(value, Interval.MAX_RANGE));
    Optional<String> problem = DeviceOverride.intervalProblem(min, max, Interval.WIDEST);
    problem.ifPresent(words -> block.report(words, minKey, maxKey));
    return problem.isPresent()
        ? Optional.empty()
        : min.flatMap(low -> max.map(high -> new Interval(low, high)));
  }

  private Optional<BudgetAmounts> budget(String section) {
    String relaxedKey = section + ".relaxed";
    String pressedKey = section + ".pressed";
    var relaxed = block.read(relaxedKey, Values::memory);
    var pressed = block.read(pressedKey, Values::memory);
    Optional<String> problem = BudgetAmounts.problem(section, relaxed, pressed);
    problem.ifPresent(words -> block.report(words, relaxedKey, pressedKey));
    return problem.isPresent()
        ? Optional.empty()
        : relaxed.flatMap(more -> pressed.map(less -> new BudgetAmounts(more, less)));
  }

  private Devices devices(Optional<Interval> interval) {
    List<Glob> include = block.readAll(INCLUDE, Values::glob);
    List<Glob> exclude = block.readAll(EXCLUDE, Values::glob);
    List<DeviceOverride> overrides =
        new OverrideReader(interval, problems).read(root + OVERRIDES, block.elements(OVERRIDES));
    return new Devices(include, exclude, overrides);
  }
}
