package io.fadvised.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Resolves the includes of one file: other files, named relative to its directory. A file must
 * exist unless its name starts with {@code ?}. A {@code *} in the last part of the name includes
 * every matching file in the order of their names; none may match.
 */
final class Includes
    implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
  private static final String OPTIONAL = "?";
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:.*");

  private final String name;
  private final String text;
  private final Set<Path> files;
  private final Problems problems;

  /**
   * @param name of the file, as problems show it
   * @param text of the file
   * @param files the real paths of this file and of those that include it
   */
  Includes(String name, String text, Set<Path> files, Problems problems) {
    this.name = name;
    this.text = text;
    this.files = files;
    this.problems = problems;
  }

  /** Reports every include in a {@code --set} argument. */
  static Includes none(Place argument, Problems problems) {
    return new Includes(argument.toString(), "", Set.of(), problems);
  }

  /** Ignores the library's own includer, which would read URLs and the class path. */
  @Override
  public ConfigIncluder withFallback(ConfigIncluder other) {
    return this;
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String what) {
    return SCHEME.matcher(what).matches() ? refused(what) : included(what);
  }

  @Override
  public ConfigObject includeFile(ConfigIncludeContext context, File what) {
    return included(what.getPath());
  }

  @Override
  public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
    return refused(what.toString());
  }

  @Override
  public ConfigObject includeResources(ConfigIncludeContext context, String what) {
    return refused(what);
  }

  private ConfigObject refused(String what) {
    return problem(what, "only files can be included");
  }

  private ConfigObject included(String what) {
    if (files.isEmpty()) {
      return problem(what, "only a file can include another");
    }
    boolean optional = what.startsWith(OPTIONAL);
    try {
      Path path = Path.of(name).resolveSibling(optional ? what.substring(1) : what);
      if (path.toString().contains("*")) {
        return allMatching(path, what, optional);
      }
      if (!Files.exists(path)) {
        return optional ? nothing() : missing(what, "no such file");
      }
      return read(path, what);
    } catch (InvalidPathException | PatternSyntaxException e) {
      return problem(what, "is not a path");
    } catch (IOException | DirectoryIteratorException e) {
      return problem(what, "cannot be read: " + e.getMessage());
    }
  }

  private ConfigObject allMatching(Path pattern, String what, boolean optional) throws IOException {
    Path directory = pattern.resolveSibling("");
    if (directory.toString().contains("*")) {
      return problem(what, "* is supported only after the last /");
    }
    if (!Files.isDirectory(directory)) {
      return optional ? nothing() : missing(what, "no such directory");
    }
    ConfigObject all = nothing();
    for (Path path : matching(directory, pattern.getFileName().toString())) {
      all = read(path, what).withFallback(all);
    }
    return all;
  }

  /** Leaves out hidden files, as a shell does. */
  private static List<Path> matching(Path directory, String pattern) throws IOException {
    List<Path> paths = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, pattern)) {
      entries.forEach(paths::add);
    }
    paths.removeIf(path -> path.getFileName().toString().startsWith("."));
    Collections.sort(paths);
    return paths;
  }

  private ConfigObject read(Path path, String what) {
    String words = "include \"" + what + "\": ";
    return SettingsFile.read(path, new SettingsFile.Includer(place(what), words, files), problems);
  }

  private ConfigObject missing(String what, String obstacle) {
    return problem(what, obstacle + "; write \"?" + what + "\" if it may be missing");
  }

  private ConfigObject problem(String what, String message) {
    problems.add(place(what), "", "include \"" + what + "\": " + message);
    return nothing();
  }

  /** Returns the first line that names the file, since the library does not pass the line. */
  private Place place(String what) {
    List<String> lines = text.lines().map(String::strip).toList();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean comment = line.startsWith("#") || line.startsWith("//");
      if (!comment && line.contains("include") && line.contains('"' + what + '"')) {
        return new Place(name, i + 1);
      }
    }
    return new Place(name, 0);
  }

  private static ConfigObject nothing() {
    return ConfigFactory.empty().root();
  }
}
