package io.fadvised.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads single values; each throws {@link IllegalArgumentException} that quotes a bad one. */
final class Values {
  private static final int MAX_QUOTED = 200;
  private static final String NUMBER = "-?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)";
  private static final Pattern PERCENT = Pattern.compile("(" + NUMBER + ")\\s*%");
  private static final Pattern HUGE_NUMBER = Pattern.compile("[0-9]{100}|[eE][+]?[0-9]{3}");
  private static final Pattern BARE_NUMBER =
      Pattern.compile("[+]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?");

  private Values() {}

  static Duration duration(ConfigValue value, DurationRange range) {
    requireUnit(value, "s", "ms");
    Duration duration = as(value, Config::getDuration, "a duration such as 500ms, 2s or 1 minute");
    if (!range.contains(duration)) {
      throw new IllegalArgumentException(quote(value) + " is not " + range);
    }
    return duration;
  }

  static MemoryAmount memory(ConfigValue value) {
    String expected = "a size such as 256MiB or a percentage such as 12%";
    String text = plain(value).strip();
    Matcher percent = PERCENT.matcher(text);
    if (percent.matches()) {
      return MemoryAmount.ofPercent(Double.parseDouble(percent.group(1)));
    }
    requireUnit(value, isAtMost100(text) ? "%" : "B", "MiB");
    if (HUGE_NUMBER.matcher(text).find()) { // BigDecimal would take hours to expand it
      throw new IllegalArgumentException(quote(value) + " is not " + expected);
    }
    return MemoryAmount.ofBytes(as(value, Config::getBytes, expected));
  }

  /** HOCON reads a bare number as milliseconds or bytes; 0 is the same in every unit. */
  private static void requireUnit(ConfigValue value, String unit, String otherUnit) {
    String text = plain(value).strip();
    if (BARE_NUMBER.matcher(text).matches() && Double.parseDouble(text) != 0) {
      throw new IllegalArgumentException(
          "%s has no unit; write %s%s or %s%s"
              .formatted(quote(value), cut(text), unit, cut(text), otherUnit));
    }
  }

  private static boolean isAtMost100(String text) {
    return BARE_NUMBER.matcher(text).matches() && Double.parseDouble(text) <= 100;
  }

  static boolean flag(ConfigValue value) {
    return as(value, Config::getBoolean, "true or false");
  }

  /**
   * Reads a list or, since the environment and a shell have no lists, the text of one. The text is
   * a HOCON list if it starts with {@code [}, else its elements are separated by commas.
   */
  static List<ConfigValue> list(ConfigValue value) {
    if (value instanceof ConfigList list) {
      return List.copyOf(list);
    }
    if (value.valueType() != ConfigValueType.STRING) {
      throw new IllegalArgumentException(quote(value) + " is not a list in [ ]");
    }
    String text = plain(value).strip();
    if (text.isEmpty()) {
      throw new IllegalArgumentException("\"\" is an empty list; write [] for no element");
    }
    return text.startsWith("[") ? parsedList(text, value) : split(text, value.origin());
  }

  private static List<ConfigValue> parsedList(String text, ConfigValue value) {
    try {
      Config config = ConfigFactory.parseString("value = " + text).resolve();
      return config.getList("value").stream()
          .map(element -> element.withOrigin(value.origin()))
          .toList();
    } catch (ConfigException e) {
      throw new IllegalArgumentException(quote(value) + " is not a list in [ ]", e);
    }
  }

  private static List<ConfigValue> split(String text, ConfigOrigin origin) {
    return Arrays.stream(text.split(",", -1))
        .map(element -> ConfigValueFactory.fromAnyRef(element.strip()).withOrigin(origin))
        .toList();
  }

  static Glob glob(ConfigValue value) {
    return Glob.of(text(value));
  }

  /** Reads one of some constants, which operators write in lower case. */
  static <T extends Enum<T>> T oneOf(T[] constants, ConfigValue value) {
    String text = text(value);
    List<String> names = new ArrayList<>();
    for (T constant : constants) {
      String name = constant.name().toLowerCase(Locale.ROOT);
      if (name.equals(text)) {
        return constant;
      }
      names.add(name);
    }
    throw new IllegalArgumentException(quote(text) + " is not one of " + String.join(", ", names));
  }

  static Optional<Path> textfile(ConfigValue value) {
    return MetricsOutput.textfile(text(value));
  }

  static Optional<InetSocketAddress> listenAddress(ConfigValue value) {
    return MetricsOutput.listenAddress(text(value));
  }

  /** The value in double quotes, at most 200 characters of it. */
  static String quote(ConfigValue value) {
    return quote(plain(value));
  }

  static String quote(String text) {
    return '"' + cut(text) + '"';
  }

  private static String cut(String text) {
    return text.length() > MAX_QUOTED ? text.substring(0, MAX_QUOTED) + "..." : text;
  }

  private static String text(ConfigValue value) {
    if (value.valueType() != ConfigValueType.STRING) {
      throw new IllegalArgumentException(quote(value) + " is not text");
    }
    return plain(value);
  }

  private static String plain(ConfigValue value) {
    return value.valueType() == ConfigValueType.STRING
        ? value.unwrapped().toString()
        : value.render(ConfigRenderOptions.concise());
  }

  private static <T> T as(ConfigValue value, Getter<T> getter, String expected) {
    try {
      return getter.get(value.atKey("value"), "value");
    } catch (ConfigException e) {
      throw new IllegalArgumentException(quote(value) + " is not " + expected, e);
    }
  }

  private interface Getter<T> {
    T get(Config config, String path);
  }
}
