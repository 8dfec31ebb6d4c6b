package io.fadvised.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseable;
import java.io.File;
import java.net.URL;
import java.nio.file.InvalidPathException;
import java.util.regex.Pattern;

/**
 * Includes files, which are held to what the including one is held to, and nothing from the network
 * or the class path: who controls those must not control a daemon of root.
 */
final class LocalIncludes
    implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
  /** The library ends circles 50 deep; files that include two others double at each step. */
  private static final int MOST_INCLUDES = 100;

  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:.*");

  private int includes;

  @Override
  public ConfigIncluder withFallback(ConfigIncluder other) {
    return this; // the other one would include anything
  }

  /** A name alone is that of a file beside the including one. */
  @Override
  public ConfigObject include(ConfigIncludeContext context, String what) {
    if (SCHEME.matcher(what).matches()) {
      throw refused(what);
    }
    if (what.startsWith("/")) {
      return includeFile(context, new File(what));
    }
    ConfigParseable beside = context.relativeTo(what);
    if (beside == null) {
      return ConfigFactory.empty().root();
    }
    String file = beside.origin().filename();
    if (file != null) {
      requireSafe(new File(file));
    }
    return beside.parse(context.parseOptions());
  }

  @Override
  public ConfigObject includeFile(ConfigIncludeContext context, File what) {
    requireSafe(what);
    return ConfigFactory.parseFile(what, context.parseOptions()).root();
  }

  @Override
  public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
    throw refused(what.toString());
  }

  @Override
  public ConfigObject includeResources(ConfigIncludeContext context, String what) {
    throw refused(what);
  }

  private void requireSafe(File what) {
    if (++includes > MOST_INCLUDES) {
      throw new ConfigException.Generic("more than " + MOST_INCLUDES + " files are included");
    }
    try {
      SettingsFile.requireSafe(what.toPath());
    } catch (InvalidPathException e) {
      throw new ConfigException.Generic("an included file has no path: " + e.getReason(), e);
    }
  }

  private static ConfigException refused(String what) {
    return new ConfigException.Generic("only files can be included, not " + what);
  }
}
