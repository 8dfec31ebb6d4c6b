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
  private static final Pattern SUBSTITUTION = Pattern.compile("\\$\\{");

  /** The heap has 32 MiB. What the shipped file says leaves room for 25 substitutions. */
  private static final double MOST_CHARACTERS = 8 << 20;

  private static final Pattern UNRESOLVED = Pattern.compile("value: \\$\\{([^}]+)}$");

  private final Set<String> missing = new HashSet<>();
  private final Problems problems;

  private Substitutions(Problems problems) {
    this.problems = problems;
  }

  /** Empty if substitutions form a circle, or could grow beyond bounds: no more can be said. */
  static Optional<Config> resolve(Config config, Problems problems) {
    if (mayGrowTooLarge(config.root().render(ConfigRenderOptions.concise()))) {
      problems.add(new Place("substitutions", 0), "", "there are too many to resolve");
      return Optional.empty();
    }
    return new Substitutions(problems).resolve(config);
  }

  /**
   * Text that is put together from itself at each step grows most when three pieces become one: by
   * the power of a third of the substitutions.
   */
  private static boolean mayGrowTooLarge(String text) {
    long count = SUBSTITUTION.matcher(text).results().count();
    return count > 0 && text.length() * Math.pow(3, count / 3.0) > MOST_CHARACTERS;
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
        if (!unresolved.find() || !missing.add(unresolved.group(1))) {
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
