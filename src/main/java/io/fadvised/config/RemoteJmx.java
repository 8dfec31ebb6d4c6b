package io.fadvised.config;

import java.nio.file.Path;

/** Whether and how JMX has a port, on the loopback; never without a password and access file. */
public record RemoteJmx(boolean enabled, int port, Path passwordFile, Path accessFile) {

  public RemoteJmx {
    requirePort(port);
    if (enabled) {
      requireNamed("password-file", passwordFile);
      requireNamed("access-file", accessFile);
    }
  }

  static void requirePort(int port) {
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("\"" + port + "\" is not between 1 and 65535");
    }
  }

  private static void requireNamed(String key, Path file) {
    if (file.toString().isBlank()) {
      throw new IllegalArgumentException(
          "jmx.remote.%s is \"%s\", but jmx.remote.enabled needs that file".formatted(key, file));
    }
  }
}
