package io.fadvised;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The version of this build, as Maven wrote it into the jar. */
public final class Version {
  private static final String RESOURCE = "/META-INF/maven/io.fadvised/fadvised/pom.properties";

  private Version() {}

  /** Returns the version, such as {@code 0.1.0}; {@code unknown} outside of the jar. */
  public static String text() {
    try (InputStream in = Version.class.getResourceAsStream(RESOURCE)) {
      Properties properties = new Properties();
      if (in != null) {
        properties.load(in);
      }
      return properties.getProperty("version", "unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }
}
