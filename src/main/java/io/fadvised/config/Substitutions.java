package io.fadvised.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigOrigin;
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
  private static final Pattern UNRESOLVED = Pattern.compile("value: \\$\\{([^}]+)}$");

  private final Set<String> missing = new HashSet<>();
  private final Problems problems;

  private Substitutions(Problems problems) {
    this.problems = problems;
  }

  /** Empty if substitutions form a circle, since nothing more can be said then. */
  static Optional<Config> resolve(Config config, Problems problems) {
    return new Substitutions(problems).resolve(config);
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
