package io.fadvised.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Reads the values of one block. A bad value is reported and read as empty. */
final class BlockReader {
  private final ConfigObject block;
  private final String path;
  private final Problems problems;

  /**
   * @param path precedes the key in problems
   */
  BlockReader(ConfigObject block, String path, Problems problems) {
    this.block = block;
    this.path = path;
    this.problems = problems;
  }

  <T> Optional<T> read(String key, Function<ConfigValue, T> parse) {
    return find(key).flatMap(value -> parsed(key, value, parse));
  }

  /** Reads each element; bad ones are reported and left out. */
  <T> List<T> readAll(String key, Function<ConfigValue, T> parse) {
    List<T> elements = new ArrayList<>();
    for (ConfigValue element : elements(key)) {
      parsed(key, element, parse).ifPresent(elements::add);
    }
    return elements;
  }

  /** The elements of a list; none if the value is not a list. */
  List<ConfigValue> elements(String key) {
    return read(key, Values::list).orElse(List.of());
  }

  /** Adds a problem of several keys, located at the first of them that is not a default. */
  void report(String message, String... keys) {
    String blamed = Arrays.stream(keys).filter(this::isSet).findFirst().orElse(keys[0]);
    ConfigOrigin origin = find(blamed).map(ConfigValue::origin).orElse(block.origin());
    problems.add(origin, path + blamed, message);
  }

  private boolean isSet(String key) {
    return find(key).filter(value -> !Place.of(value.origin()).isDefault()).isPresent();
  }

  private <T> Optional<T> parsed(String key, ConfigValue value, Function<ConfigValue, T> parse) {
    try {
      if (value.valueType() == ConfigValueType.NULL) {
        throw new IllegalArgumentException("null is not a value; leave the key out instead");
      }
      return Optional.of(parse.apply(value));
    } catch (IllegalArgumentException e) {
      problems.add(value.origin(), path + key, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private Optional<ConfigValue> find(String key) {
    ConfigValue value = block;
    for (String name : key.split("\\.", -1)) {
      value = value instanceof ConfigObject object ? object.get(name) : null;
    }
    return Optional.ofNullable(value);
  }
}
