package io.fadvised.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigOrigin;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects problems and warnings, so that all of them can be reported together. */
final class Problems {
  private final List<Located> found = new ArrayList<>();
  private final List<Located> warnings = new ArrayList<>();

  void add(Place place, String key, String message) {
    found.add(new Located(place, new SettingsProblem(place.toString(), key, message)));
  }

  /** Adds a problem that does not make the settings invalid. */
  void warn(ConfigOrigin origin, String key, String message) {
    Place place = Place.of(origin);
    warnings.add(new Located(place, new SettingsProblem(place.toString(), key, message)));
  }

  /** Ignores problems of a stand-in for an unresolved substitution. */
  void add(ConfigOrigin origin, String key, String message) {
    if (!Substitutions.isStandIn(origin)) {
      add(Place.of(origin), key, message);
    }
  }

  void add(ConfigException failure, Place otherwise) {
    ConfigOrigin origin = failure.origin();
    Place place = origin == null ? otherwise : Place.of(origin);
    add(place.isDefault() ? otherwise : place, "", ParserMessage.of(failure));
  }

  int count() {
    return found.size();
  }

  /** By file and line. */
  List<SettingsProblem> sorted() {
    return sorted(found);
  }

  /** By file and line. */
  List<SettingsProblem> warnings() {
    return sorted(warnings);
  }

  private static List<SettingsProblem> sorted(List<Located> located) {
    return located.stream()
        .sorted(Comparator.comparing(Located::place))
        .map(Located::problem)
        .toList();
  }

  private record Located(Place place, SettingsProblem problem) {}
}
