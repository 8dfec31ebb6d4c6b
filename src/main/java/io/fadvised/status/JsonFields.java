package io.fadvised.status;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The fields of one JSON object. Every method throws {@link IllegalArgumentException} with the key
 * if the value has another type, or if a required value is null or missing.
 */
final class JsonFields {
  private final ConfigObject object;

  JsonFields(ConfigObject object) {
    this.object = object;
  }

  String text(String key) {
    return required(key, optionalText(key));
  }

  boolean flag(String key) {
    return required(key, optionalFlag(key));
  }

  long number(String key) {
    return required(key, optionalDecimal(key)).longValue();
  }

  double decimal(String key) {
    return required(key, optionalDecimal(key)).doubleValue();
  }

  Optional<String> optionalText(String key) {
    return optional(key).map(value -> as(String.class, key, value));
  }

  Optional<Boolean> optionalFlag(String key) {
    return optional(key).map(value -> as(Boolean.class, key, value));
  }

  OptionalLong optionalNumber(String key) {
    return optionalDecimal(key).stream().mapToLong(Number::longValue).findFirst();
  }

  List<String> texts(String key) {
    return list(key).stream().map(value -> as(String.class, key, value)).toList();
  }

  List<JsonFields> objects(String key) {
    return list(key).stream()
        .map(value -> as(ConfigObject.class, key, value, value))
        .map(JsonFields::new)
        .toList();
  }

  JsonFields object(String key) {
    return required(key, optionalObject(key));
  }

  Optional<JsonFields> optionalObject(String key) {
    return optional(key).map(value -> new JsonFields(as(ConfigObject.class, key, value, value)));
  }

  /** Returns an object whose values are all numbers. */
  Map<String, Double> decimals(String key) {
    JsonFields numbers = object(key);
    Map<String, Double> found = new HashMap<>();
    numbers.object.keySet().forEach(name -> found.put(name, numbers.decimal(name)));
    return found;
  }

  private Optional<Number> optionalDecimal(String key) {
    return optional(key).map(value -> as(Number.class, key, value));
  }

  private ConfigList list(String key) {
    ConfigValue value = required(key, optional(key));
    return as(ConfigList.class, key, value, value);
  }

  private Optional<ConfigValue> optional(String key) {
    return Optional.ofNullable(object.get(key))
        .filter(value -> value.valueType() != ConfigValueType.NULL);
  }

  private static <T> T required(String key, Optional<T> value) {
    return value.orElseThrow(() -> new IllegalArgumentException("status has no \"" + key + "\""));
  }

  private static <T> T as(Class<T> type, String key, ConfigValue value) {
    return as(type, key, value, value.unwrapped());
  }

  private static <T> T as(Class<T> type, String key, ConfigValue value, Object content) {
    if (!type.isInstance(content)) {
      throw new IllegalArgumentException(
          "status has \"" + key + "\" of type " + value.valueType() + ": " + content);
    }
    return type.cast(content);
  }
}
