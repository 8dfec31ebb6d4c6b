package io.fadvised.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version of this fadvised, as its build wrote it into the jar. */
final class Version implements IVersionProvider {
  private static final String RESOURCE = "/META-INF/maven/io.fadvised/fadvised/pom.properties";

  @Override
  public String[] getVersion() {
    return new String[] {
      "fadvised " + text() + ", Java " + Runtime.version().feature(),
    };
  }

  /** {@code unknown} where the classes are in no jar. */
  static String text() {
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
