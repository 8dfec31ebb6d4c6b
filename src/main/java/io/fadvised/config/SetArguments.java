package io.fadvised.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import java.util.List;

/** Reads the {@code key=value} pairs of the command line; of two for the same key the last wins. */
final class SetArguments {
  private static final String ROOT = "fadvised.";
  private static final String VALUE = "value";

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
      problems.add(place, "", "\"" + argument + "\" is not of the form key=value");
      return ConfigFactory.empty();
    }
    String key = argument.substring(0, equals).strip();
    try {
      ConfigValue value = value(argument.substring(equals + 1), place, problems);
      return ConfigFactory.empty().withValue(key.startsWith(ROOT) ? key : ROOT + key, value);
    } catch (ConfigException e) {
      problems.add(place, "", ParserMessage.of(e));
    } catch (IllegalArgumentException e) {
      problems.add(place, "", String.valueOf(e.getMessage()));
    }
    return ConfigFactory.empty();
  }

  private static ConfigValue value(String text, Place place, Problems problems) {
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
}
