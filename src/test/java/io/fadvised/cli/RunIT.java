package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NeedsLoopDevices
class RunIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /** The index of a field in a line of /proc/net/tcp, see proc(5). */
  private static final int INODE_FIELD = 9;

  /** Matches no device of this host. */
  private static final String NO_DEVICES = "fadvised.devices.include = [ \"/nowhere/*\" ]\n";

  @TempDir private Path directory;
  private Path config;
  private Path log;
  private Process daemon;

  @BeforeEach
  void startDaemon() throws Exception {
    config = Files.writeString(directory.resolve("fadvised.conf"), NO_DEVICES);
    log = directory.resolve("log");
    daemon = Shell.fadvisedInto(log, "run", "--config", config).start();
    awaitLog("started");
  }

  @AfterEach
  void endDaemon() throws Exception {
    daemon.destroyForcibly().waitFor(); // it has a lock that the next one needs
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void daemonStopsOnSignalWithExitCodeZero(String signal) throws Exception {
    signal(signal);

    assertThat(daemon.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(daemon.exitValue()).isZero();
    assertThat(Files.readString(log)).endsWith("stopped\n");
  }

  @Test
  void secondDaemonExitsAndNamesTheFirst() throws Exception {
    Path secondLog = directory.resolve("second");
    Process second = Shell.fadvisedInto(secondLog, "run", "--config", config).start();

    assertThat(second.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(second.exitValue()).isEqualTo(ExitCodes.CONFIGURATION);
    assertThat(Files.readString(secondLog))
        .contains("another fadvised runs on this host: process " + daemon.pid())
        .doesNotContain("started");
    assertThat(daemon.isAlive()).isTrue();
  }

  @Test
  void daemonStartsAfterAnotherWasKilled() throws Exception {
    daemon.destroyForcibly().waitFor();

    daemon = Shell.fadvisedInto(log, "run", "--config", config).start();

    awaitLog("started");
  }

  @Test
  void dryRunOverridesTheConfigurationAndSurvivesAReload() throws Exception {
    daemon.destroyForcibly().waitFor();
    Files.writeString(config, NO_DEVICES + "fadvised.dry-run = false\n");

    daemon = Shell.fadvisedInto(log, "run", "--dry-run", "--config", config).start();

    awaitLog("dry run: nothing is evicted");
    signal("HUP");
    awaitLog("configuration reloaded");
    assertThat(ask("status").out()).contains("dry run");
  }

  @Test
  void killedDaemonIsNotAsked() throws Exception {
    daemon.destroyForcibly().waitFor();

    assertThat(Shell.socketIn(directory)).exists();
    assertThat(ask("reload").err()).contains("no daemon that this user can reach is running");
  }

  @Test
  void stoppedDaemonIsReportedAsUnavailable() throws Exception {
    signal("STOP");
    try {
      CommandResult status = ask("status");
      assertThat(status.exitCode()).isEqualTo(1);
      assertThat(status.out()).contains("not responding for 10 s", "measured now");
    } finally {
      signal("CONT");
    }
  }

  @Test
  void statusOpensNoTcpSocket() throws Exception {
    assertThat(ask("status").exitCode()).isZero();

    List<String> sockets = socketsOfTheDaemon();
    assertThat(sockets).isNotEmpty();
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      assertThat(Files.readAllLines(Path.of(table)))
          .noneMatch(line -> sockets.contains(line.strip().split(" +", -1)[INODE_FIELD]));
    }
  }

  private List<String> socketsOfTheDaemon() throws IOException {
    List<String> sockets = new ArrayList<>();
    try (DirectoryStream<Path> descriptors =
        Files.newDirectoryStream(Path.of("/proc/" + daemon.pid() + "/fd"))) {
      for (Path descriptor : descriptors) {
        try {
          String target = Files.readSymbolicLink(descriptor).toString();
          if (target.startsWith("socket:[")) {
            sockets.add(target.replaceAll("[^0-9]", ""));
          }
        } catch (NoSuchFileException e) {
          // closed meanwhile
        }
      }
    }
    return sockets;
  }

  @Test
  void ordersAreLoggedWithTheirUser() throws Exception {
    assertThat(ask("pause").out()).startsWith("paused");
    awaitLog("pause, ordered by root (uid 0): paused");
    assertThat(ask("sweep")).matches(result -> result.exitCode() == 1);
    awaitLog("sweep, ordered by root (uid 0): sweep failed: sweeps are paused; resume first");
    assertThat(ask("resume").out()).isEqualTo("resumed\n");
    assertThat(ask("sweep").out()).startsWith("swept 0 devices");
  }

  @Test
  void sighupRejectsAnInvalidFileAndAppliesAValidOne() throws Exception {
    Files.writeString(
        config,
        NO_DEVICES + "fadvised.nonsense = 1\nfadvised.folly = 2\nfadvised.dry-run = true\n");
    signal("HUP");
    awaitLog("fadvised.conf:2: fadvised.nonsense: unknown key");
    awaitLog("fadvised.conf:3: fadvised.folly: unknown key");
    awaitLog("rejected");
    assertThat(ask("status").out()).as("the settings in force stay").doesNotContain("dry run");

    Files.writeString(config, NO_DEVICES);
    signal("HUP");
    awaitLog("configuration reloaded");

    assertThat(daemon.isAlive()).isTrue();
  }

  @Test
  void statusAndReloadReachTheDaemon() throws Exception {
    CommandResult status = ask("status");
    assertThat(status.exitCode()).isZero();
    assertThat(status.out()).contains("since the daemon started").doesNotContain("measured now");

    assertThat(ask("reload")).isEqualTo(new CommandResult(0, "configuration reloaded\n", ""));

    Files.writeString(config, NO_DEVICES + "fadvised.nonsense = 1\n");
    assertThat(ask("reload"))
        .isEqualTo(
            new CommandResult(
                78, "", "fadvised: " + config + ":2: fadvised.nonsense: unknown key\n"));

    Files.writeString(config, NO_DEVICES + "fadvised.budget { relaxed = 0%, pressed = 1MiB }\n");
    assertThat(ask("reload").out())
        .startsWith(
            "configuration reloaded; warning: budget.relaxed 0% is below budget.pressed 1MiB");
    awaitLog("the smaller one applies");
  }

  private CommandResult ask(String command) throws IOException, InterruptedException {
    return Shell.ask(directory, command);
  }

  private void signal(String name) throws IOException, InterruptedException {
    Shell.run("kill", "-" + name, daemon.pid());
  }

  private void awaitLog(String words) throws Exception {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (!Files.readString(log).contains(words)) {
      assertThat(daemon.isAlive()).as(Files.readString(log)).isTrue();
      assertThat(System.nanoTime()).as(Files.readString(log)).isLessThan(end);
      Thread.sleep(10);
    }
  }
}
