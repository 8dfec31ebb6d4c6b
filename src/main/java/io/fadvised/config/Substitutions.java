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
 * Resolves {@code ${…}}. The library stops at the first unresolved one. To report the others too,
 * each gets a stand-in and the resolution starts again.
 */
final class Substitutions {
  private static final String STAND_IN = "stand-in for an unresolved substitution";

  /** Each makes the resolution start again. */
  private static final int MAX_STAND_INS = 25;

  private static final Pattern UNRESOLVED = Pattern.compile("value: \\$\\{([^}]+)}$");

  private Substitutions() {}

  /** Empty if substitutions form a circle, or after {@link #MAX_STAND_INS} unresolved ones. */
  static Optional<Config> resolve(Config config, Problems problems) {
    Set<String> missing = new HashSet<>();
    while (true) {
      try {
        return Optional.of(
            config.resolve(ConfigResolveOptions.defaults().appendResolver(new StandIns(missing))));
      } catch (ConfigException e) {
        problems.add(e, new Place("substitutions", 0));
        Matcher unresolved = UNRESOLVED.matcher(String.valueOf(e.getMessage()));
        if (!unresolved.find()
            || missing.size() == MAX_STAND_INS
            || !missing.add(unresolved.group(1))) {
          return Optional.empty();
        }
      }
    }
  }

  static boolean isStandIn(ConfigOrigin origin) {
    return origin.description().contains(STAND_IN);
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
