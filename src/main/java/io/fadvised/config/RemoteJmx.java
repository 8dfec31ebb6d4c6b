package io.fadvised.config;

import java.nio.file.Path;

/** Whether and how JMX has a port, on the loopback; never without a password and access file. */
public record RemoteJmx(boolean enabled, int port, Path passwordFile, Path accessFile, Tls tls) {

  public RemoteJmx {
    requirePort(port);
    if (enabled) {
      requireNamed("password-file", passwordFile);
      requireNamed("access-file", accessFile);
    }
  }

  /**
   * Where the port's key and certificate are.
   *
   * @param keystore in PKCS12; empty for no TLS, and then there is no password either
   * @param passwordFile holds the password of the keystore
   */
  public record Tls(Path keystore, Path passwordFile) {
    public static final Tls NONE = new Tls(Path.of(""), Path.of(""));

    public Tls {
      if (isNamed(keystore) != isNamed(passwordFile)) {
        throw new IllegalArgumentException(
            "tls.keystore is \"%s\", and tls.password-file is \"%s\": name both, or none"
                .formatted(keystore, passwordFile));
      }
    }

    public boolean isWanted() {
      return isNamed(keystore);
    }
  }

  static void requirePort(int port) {
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("\"" + port + "\" is not between 1 and 65535");
    }
  }

  private static void requireNamed(String key, Path file) {
    if (!isNamed(file)) {
      throw new IllegalArgumentException(
          "jmx.remote.%s is \"%s\", but jmx.remote.enabled needs that file".formatted(key, file));
    }
  }

  private static boolean isNamed(Path file) {
    return !file.toString().isBlank();
  }
}
