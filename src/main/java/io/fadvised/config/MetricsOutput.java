package io.fadvised.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the daemon publishes Prometheus metrics.
 *
 * @param textfile the file for node_exporter; empty for none
 * @param listen the address of the HTTP server; empty for none
 */
public record MetricsOutput(Optional<Path> textfile, Optional<InetSocketAddress> listen) {
  public static final MetricsOutput NONE = new MetricsOutput(Optional.empty(), Optional.empty());

  /** node_exporter reads no other files. */
  private static final String SUFFIX = ".prom";

  private static final int MIN_PORT = 1024;
  private static final int MAX_PORT = 65535;
  private static final String BYTE = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";
  private static final Pattern IPV4 = Pattern.compile(BYTE + "(?:\\." + BYTE + "){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F]*:[0-9a-fA-F:.]*(?:%[\\w.-]+)?");
  private static final Pattern LISTEN =
      Pattern.compile("(?:\\[(?<v6>[^\\]]*)\\]|(?<host>[^:]*)):(?<port>[0-9]{1,5})");

  /** Parses the key {@code metrics.textfile}. */
  static Optional<Path> textfile(String text) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (!text.startsWith("/") || !text.endsWith(SUFFIX) || text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          Values.quote(text) + " is not an absolute path that ends in " + SUFFIX);
    }
    return Optional.of(Path.of(text));
  }

  /** Parses the key {@code metrics.listen}. Resolves no name, since a resolver can hang. */
  static Optional<InetSocketAddress> listenAddress(String text) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Matcher parts = LISTEN.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          Values.quote(text) + " is not ADDRESS:PORT, such as 127.0.0.1:9404 or [::1]:9404");
    }
    int port = Integer.parseInt(parts.group("port"));
    if (port < MIN_PORT || port > MAX_PORT) {
      throw new IllegalArgumentException(
          "port %d of %s is not from %d to %d"
              .formatted(port, Values.quote(text), MIN_PORT, MAX_PORT));
    }
    String v6 = parts.group("v6");
    String host = v6 != null ? v6 : parts.group("host");
    if (!(v6 != null ? IPV6 : IPV4).matcher(host).matches()) {
      throw notAnAddress(text);
    }
    try {
      return Optional.of(new InetSocketAddress(InetAddress.getByName(host), port));
    } catch (UnknownHostException e) {
      throw notAnAddress(text);
    }
  }

  private static IllegalArgumentException notAnAddress(String text) {
    return new IllegalArgumentException(
        Values.quote(text) + " does not start with an IP address; names are not resolved");
  }

  /** A warning if other hosts can read the metrics. */
  public Optional<String> warning() {
    return listen
        .filter(address -> !address.getAddress().isLoopbackAddress())
        .map(
            address ->
                "metrics.listen: every host that reaches port "
                    + address.getPort()
                    + " can read the metrics, which name devices and files");
  }
}
