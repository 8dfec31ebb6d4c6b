package io.fadvised.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the {@code key=value} pairs of the command line; the last pair of a key wins. A value is
 * HOCON. A list of patterns and an address may also be plain text, since a shell removes double
 * quotes: {@code devices.include=/a/**,/b/**}.
 */
final class SetArguments {
  private static final String ROOT = "fadvised.";
  private static final String VALUE = "value";
  private static final Set<String> LISTS =
      Set.of(ROOT + SettingsReader.INCLUDE, ROOT + SettingsReader.EXCLUDE);
  private static final String ADDRESS = ROOT + SettingsReader.LISTEN;

  private SetArguments() {}

  static Config parse(List<String> arguments, Problems problems) {
    Config parsed = ConfigFactory.empty();
    for (String argument : arguments) {
      parsed = parse(argument, problems).withFallback(parsed);
    }
    return parsed;
  }

  private static Config parse(String argument, Problems problems) {
    Place place = new Place(Place.SET + argument, 0);
    int equals = argument.indexOf('=');
    if (equals < 1) {
      problems.add(place, "", "\"" + argument + "\" is not of the form KEY=VALUE");
      return ConfigFactory.empty();
    }
    String key = argument.substring(0, equals).strip();
    String path = key.startsWith(ROOT) ? key : ROOT + key;
    String text = argument.substring(equals + 1).strip();
    try {
      ConfigValue value =
          isPlain(path, text)
              ? ConfigValueFactory.fromAnyRef(text, place.toString())
              : value(text, place, problems);
      return at(path, value, place);
    } catch (ConfigException.BadPath e) {
      problems.add(place, "", "\"" + key + "\" is not a key");
    } catch (ConfigException e) {
      problems.add(place, "", ParserMessage.of(e));
    } catch (IllegalArgumentException e) {
      problems.add(place, "", String.valueOf(e.getMessage()));
    }
    return ConfigFactory.empty();
  }

  private static boolean isPlain(String path, String text) {
    return !text.startsWith("\"")
        && !text.startsWith("${")
        && (path.equals(ADDRESS) || (LISTS.contains(path) && !text.startsWith("[")));
  }

  private static ConfigValue value(String text, Place place, Problems problems) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("has no value after the =");
    }
    ConfigObject parsed =
        ConfigFactory.parseString(
                VALUE + " = " + text,
                ConfigParseOptions.defaults()
                    .setOriginDescription(place.toString())
                    .setIncluder(Includes.none(place, problems)))
            .root();
    ConfigValue value = parsed.get(VALUE);
    if (value == null || parsed.size() != 1) {
      throw new IllegalArgumentException("\"" + text + "\" is not one value");
    }
    return value;
  }

  /** Unlike {@code Config.withValue}, gives the blocks around the value its origin. */
  private static Config at(String path, ConfigValue value, Place place) {
    List<String> names = ConfigUtil.splitPath(path);
    Collections.reverse(names);
    ConfigValue block = value;
    for (String name : names) {
      block = ConfigValueFactory.fromMap(Map.of(name, block), place.toString());
    }
    return ((ConfigObject) block).toConfig();
  }
}
