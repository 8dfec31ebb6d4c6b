package io.fadvised.config;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.regex.Pattern;

/**
 * A key with its value in force and the origin of that value.
 *
 * @param value as HOCON
 * @param origin {@code default}, a file with its line, or {@code --set key=value}
 */
public record EffectiveValue(String key, String value, String origin) {
  private static final Pattern NEEDS_NO_QUOTES = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.%]*");

  static EffectiveValue of(String key, ConfigValue value) {
    return new EffectiveValue(key, text(value), Place.of(value.origin()).toString());
  }

  private static String text(ConfigValue value) {
    boolean bare =
        value.valueType() == ConfigValueType.STRING
            && NEEDS_NO_QUOTES.matcher(value.unwrapped().toString()).matches();
    return bare ? value.unwrapped().toString() : value.render(ConfigRenderOptions.concise());
  }

  @Override
  public String toString() {
    return key + " = " + value;
  }
}
