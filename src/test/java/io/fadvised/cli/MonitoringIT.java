package io.fadvised.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the released Prometheus JMX exporter in the daemon. */
@NeedsLoopDevices
class MonitoringIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Path MONITORING = Path.of("packaging/monitoring").toAbsolutePath();
  private static final Pattern METRIC = Pattern.compile("fadvised_[a-z0-9_]+");

  @TempDir private Path directory;
  private LoopDisk disk;
  private Process daemon;
  private int port;

  @BeforeEach
  void startDaemon() throws Exception {
    disk = new LoopDisk(directory);
    disk.write("data", 32);
    port = freePort();
    Path config =
        Files.writeString(
            directory.resolve("fadvised.conf"),
            "fadvised { devices.include = [ \""
                + directory
                + "/**\" ], interval.max = 1s, budget { relaxed = 1MiB, pressed = 1MiB } }\n");
    Path log = directory.resolve("log");
    ProcessBuilder builder = Shell.fadvisedInto(log, "run", "--config", config);
    builder
        .environment()
        .put(
            "FADVISED_DAEMON_JAVA_OPTS",
            "-javaagent:%s=127.0.0.1:%d:%s"
                .formatted(exporter(), port, MONITORING.resolve("jmx-exporter.yaml")));
    daemon = builder.start();
    await(() -> Files.readString(log).contains(" started, "));
  }

  @AfterEach
  void end() throws Exception {
    try {
      daemon.destroy();
      daemon.waitFor();
    } finally {
      disk.remove();
    }
  }

  @Test
  void metricsOfDashboardAndAlertsAreScraped() throws Exception {
    await(() -> scrape().contains("fadvised_device_state{device=\"" + disk.name() + "\""));
    await(() -> scrape().contains("fadvised_system_calls_total{call=\"posix_fadvise\""));
    Set<String> scraped = metricsIn(scrape());

    assertThat(scraped)
        .containsAll(metricsIn(Files.readString(MONITORING.resolve("alerts.yaml"), UTF_8)))
        .containsAll(metricsIn(expressions()))
        .contains("fadvised_tick_age_millis", "fadvised_given_back_gib_hours");
  }

  @Test
  void scrapedValuesMatchTheHost() throws Exception {
    await(() -> value("fadvised_released_bytes_total") > 0);

    assertThat(value("fadvised_devices")).isGreaterThanOrEqualTo(1);
    assertThat(value("fadvised_memory_total_bytes")).isGreaterThan(1 << 28);
    assertThat(value("fadvised_tick_age_millis")).isBetween(0.0, 10_000.0);
    assertThat(scrape())
        .contains("fadvised_device_direct_io{device=\"" + disk.name() + "\",direct_io=\"off\"} 1")
        .contains("disk with blanks.img");
  }

  static String exporter() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(jar -> jar.contains("jmx_prometheus_javaagent"))
        .findFirst()
        .orElseThrow();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Returns all PromQL of the dashboard. */
  private static String expressions() {
    Path dashboard = MONITORING.resolve("grafana-dashboard.json");
    StringBuilder expressions = new StringBuilder();
    ConfigFactory.parseFile(
            dashboard.toFile(), ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON))
        .getConfigList("panels")
        .forEach(
            panel ->
                panel
                    .getConfigList("targets")
                    .forEach(target -> expressions.append(target.getString("expr")).append('\n')));
    assertThat(expressions).isNotEmpty();
    return expressions.toString();
  }

  private static Set<String> metricsIn(String text) {
    Set<String> metrics = new TreeSet<>();
    Matcher matcher = METRIC.matcher(text);
    while (matcher.find()) {
      metrics.add(matcher.group());
    }
    return metrics;
  }

  private String scrape() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  private double value(String metric) throws IOException, InterruptedException {
    return scrape()
        .lines()
        .filter(line -> line.startsWith(metric + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(metric.length() + 1)))
        .findFirst()
        .orElse(Double.NaN);
  }

  private static void await(Condition condition) throws Exception {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("not within " + TIMEOUT).isLessThan(end);
      Thread.sleep(100);
    }
  }

  @FunctionalInterface
  private interface Condition {
    boolean holds() throws Exception;
  }
}
