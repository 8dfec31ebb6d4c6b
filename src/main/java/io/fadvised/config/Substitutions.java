package io.fadvised.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigResolver;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Resolves {@code ${…}}. The library stops at the first that cannot be resolved; to find the others
 * too, each gets a stand-in and the resolution starts again.
 */
final class Substitutions {
  private static final String STAND_IN = "stand-in for an unresolved substitution";

  /** Each makes the resolution start again. */
  private static final int MOST_STAND_INS = 25;

  /** The heap has 32 MiB. What the shipped file says leaves room for 25 substitutions. */
  private static final double MOST_CHARACTERS = 8 << 20;

  private static final String OVERRIDES = "fadvised.devices.overrides";

  /** In a file that is included in a block, the path of that block comes first. */
  private static final Pattern OF_OVERRIDES =
      Pattern.compile("\\$\\{\\??([^}$]*\\.)?fadvised(}|\\.devices(}|\\.overrides))");

  private static final Pattern QUOTED = Pattern.compile("\\$\\{[^}$\"]*\"");

  private static final Pattern UNRESOLVED = Pattern.compile("value: \\$\\{([^}]+)}$");

  private final Set<String> missing = new HashSet<>();
  private final Problems problems;

  private Substitutions(Problems problems) {
    this.problems = problems;
  }

  /** Empty if substitutions form a circle, or could grow beyond bounds: no more can be said. */
  static Optional<Config> resolve(Config config, Problems problems) {
    String text = text(config);
    int count = count(text);
    if (count > 0 && mayGrowTo(text.length(), count, inner(config, text)) > MOST_CHARACTERS) {
      problems.add(
          new Place("substitutions", 0),
          "",
          count + " ${…} and += could grow beyond bounds: write some of them out");
      return Optional.empty();
    }
    return new Substitutions(problems).resolve(config);
  }

  /**
   * Text that is put together from itself at each step grows most when three pieces become one: by
   * the power of a third of the substitutions. Those to whose place none refers add a piece each.
   */
  private static double mayGrowTo(int length, int count, int inner) {
    return length * (1.0 + count - inner) * Math.pow(3, inner / 3.0);
  }

  /** How many substitutions others may refer to: all but those in overrides that none refers to. */
  private static int inner(Config config, String text) {
    if (OF_OVERRIDES.matcher(text).find() || QUOTED.matcher(text).find()) {
      return count(text);
    }
    try {
      return count(text(config.withoutPath(OVERRIDES)));
    } catch (ConfigException.NotResolved e) { // what they are in is a substitution itself
      return count(text);
    }
  }

  private static String text(Config config) {
    return config.root().render(ConfigRenderOptions.concise());
  }

  private static int count(String text) {
    return text.length() - text.replace("${", "$").length();
  }

  static boolean isStandIn(ConfigOrigin origin) {
    return origin.description().contains(STAND_IN);
  }

  private Optional<Config> resolve(Config config) {
    while (true) {
      try {
        return Optional.of(
            config.resolve(ConfigResolveOptions.defaults().appendResolver(new StandIns(missing))));
      } catch (ConfigException e) {
        problems.add(e, new Place("substitutions", 0));
        Matcher unresolved = UNRESOLVED.matcher(String.valueOf(e.getMessage()));
        if (!unresolved.find()
            || missing.size() == MOST_STAND_INS
            || !missing.add(unresolved.group(1))) {
          return Optional.empty();
        }
      }
    }
  }

  private record StandIns(Set<String> missing) implements ConfigResolver {

    @Override
    public @Nullable ConfigValue lookup(String path) {
      return missing.contains(path) ? ConfigValueFactory.fromAnyRef("", STAND_IN) : null;
    }

    @Override
    public ConfigResolver withFallback(ConfigResolver fallback) {
      return this;
    }
  }
}
