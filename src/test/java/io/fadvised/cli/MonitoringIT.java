package io.fadvised.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metrics of a real daemon, judged by Prometheus's own tool. */
@NeedsLoopDevices(programs = "promtool")
class MonitoringIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Path MONITORING = Path.of("packaging/monitoring").toAbsolutePath();
  private static final Pattern METRIC = Pattern.compile("fadvised_[a-z0-9_]+");

  @TempDir private Path directory;
  private LoopDisk disk;
  private Process daemon;
  private int port;
  private Path textfile;

  @BeforeEach
  void startDaemon() throws Exception {
    disk = new LoopDisk(directory);
    disk.write("data", 32);
    port = Ports.free();
    textfile = directory.resolve("fadvised.prom");
    Path config =
        Files.writeString(
            directory.resolve("fadvised.conf"),
            ("fadvised { devices.include = [ \"%s/**\" ], interval.max = 1s,"
                    + " budget { relaxed = 1MiB, pressed = 1MiB },"
                    + " metrics { listen = \"127.0.0.1:%d\", textfile = \"%s\" } }\n")
                .formatted(directory, port, textfile));
    Path log = directory.resolve("log");
    daemon = Shell.fadvisedInto(log, "run", "--config", config).start();
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
    awaitDevice();
    Set<String> scraped = metricsIn(scrape());

    assertThat(scraped)
        .containsAll(metricsIn(Files.readString(MONITORING.resolve("alerts.yaml"), UTF_8)))
        .containsAll(metricsIn(expressions()));
  }

  @Test
  void scrapedValuesMatchTheHost() throws Exception {
    awaitDevice();

    assertThat(value("fadvised_devices")).isGreaterThanOrEqualTo(1);
    assertThat(value("fadvised_memory_size_bytes")).isGreaterThan(1 << 28);
    assertThat(value("fadvised_last_tick_timestamp_seconds")).isBetween(now() - 10, now() + 1);
    assertThat(value("fadvised_start_time_seconds")).isBetween(now() - 60, now());
    assertThat(scrape().lines())
        .filteredOn(line -> line.startsWith("fadvised_device_info{"))
        .anySatisfy(
            line ->
                assertThat(line)
                    .contains("device=\"" + disk.name() + "\"")
                    .contains("direct_io=\"off\"")
                    .contains("disk with blanks.img")
                    .contains("mountpoint=\"" + disk.mountPoint + "\""));
  }

  @Test
  void promtoolFindsNoFaultWithTheTextOfPortFileAndCommand() throws Exception {
    awaitDevice();
    Path scraped = Files.writeString(directory.resolve("scraped"), scrape());
    Path printed =
        Files.writeString(directory.resolve("printed"), Shell.ask(directory, "metrics").out());
    await(() -> Files.exists(textfile));

    assertThat(metricsIn(Files.readString(printed))).isEqualTo(metricsIn(scrape()));
    for (Path text : List.of(scraped, printed, textfile)) {
      CommandResult result =
          Shell.attempt("sh", "-c", "promtool check metrics <\"$1\"", "sh", text);
      assertThat(result).isEqualTo(new CommandResult(0, "", ""));
    }
    assertThat(Files.readString(textfile)).contains("fadvised_start_time_seconds ");
  }

  @Test
  void alertsFireAndEndAsTheyShould() throws Exception {
    CommandResult result =
        Shell.attempt("promtool", "test", "rules", Path.of("packaging/test/alerts.yaml"));

    assertThat(result.exitCode()).as(result.toString()).isZero();
  }

  private void awaitDevice() throws Exception {
    await(() -> value("fadvised_released_bytes_total") > 0);
    await(() -> scrape().contains("fadvised_device_state{device=\"" + disk.name() + "\""));
    await(
        () ->
            scrape().contains("fadvised_system_call_duration_seconds_sum{call=\"posix_fadvise\""));
  }

  private static double now() {
    return System.currentTimeMillis() / 1e3;
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
