package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.fadvised.control.Answer;
import io.fadvised.control.DaemonUnavailableException;
import io.fadvised.engine.TestHost;
import io.fadvised.policy.Pressure;
import io.fadvised.status.HostStatus;
import io.fadvised.status.Instance;
import io.fadvised.status.Reports;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import picocli.CommandLine;

/** The exit codes of {@code fadvised check}; {@link HealthTest} has the states. */
class CheckCommandTest {
  @RegisterExtension final TestHost host = new TestHost();

  private final Deque<HostStatus> statuses = new ArrayDeque<>();

  @Test
  void healthyDaemonIsOk() {
    statuses.add(status(false, 0));

    assertThat(check()).matches(result -> result.out().startsWith("FADVISED OK - 0 devices, "));
    statuses.add(status(false, 0));
    assertThat(check("--npd").exitCode()).isZero();
  }

  @Test
  void warningIsOneForBothAndHasNoFiguresForNpd() {
    statuses.add(status(true, 0));
    statuses.add(status(true, 0));

    assertThat(check().exitCode()).isEqualTo(1);
    assertThat(check("--npd"))
        .isEqualTo(
            new CommandResult(1, "FADVISED WARNING - paused: run \"fadvised resume\"\n", ""));
  }

  @Test
  void missingDaemonIsCritical() {
    assertThat(check(Worlds.NO_DAEMON))
        .isEqualTo(new CommandResult(2, "FADVISED CRITICAL - no daemon is running\n", ""));
    assertThat(check(Worlds.NO_DAEMON, "--npd").exitCode()).isEqualTo(1);
  }

  @Test
  void hungDaemonIsCritical() {
    Daemon hung = unavailable("not responding for 10 s", new SocketTimeoutException());

    assertThat(check(hung))
        .isEqualTo(new CommandResult(2, "FADVISED CRITICAL - not responding for 10 s\n", ""));
    assertThat(check(hung, "--npd").exitCode()).isEqualTo(1);
  }

  @Test
  void daemonThatThisUserMayNotAskIsUnknown() {
    Daemon foreign = unavailable("use sudo", new IOException());

    assertThat(check(foreign)).isEqualTo(new CommandResult(3, "FADVISED UNKNOWN - use sudo\n", ""));
    assertThat(check(foreign, "--npd").exitCode()).isEqualTo(2);
  }

  @Test
  void answerWithoutAStatusIsUnknown() {
    assertThat(check(request -> Optional.of(Answer.failed("no memory"))))
        .isEqualTo(new CommandResult(3, "FADVISED UNKNOWN - the daemon reports: no memory\n", ""));
  }

  @Test
  void wrongUsageIsUnknown() {
    CommandResult result =
        CommandResult.in(Worlds.of(host, Worlds.NO_DAEMON), "check", "--verbos", "x");

    assertThat(result.exitCode()).isEqualTo(3);
  }

  @Test
  void budgetThatIsKeptAgainAfterTheWaitIsOk() {
    statuses.add(status(false, 100));
    statuses.add(status(false, 8));

    assertThat(check().exitCode()).isZero();
    assertThat(statuses).isEmpty();
  }

  @Test
  void budgetThatStaysExceededIsAWarning() {
    statuses.add(status(false, 100));
    statuses.add(status(false, 100));

    assertThat(check().exitCode()).isEqualTo(1);
    assertThat(statuses).isEmpty();
  }

  /** The longest check: two answers after nearly 10 s each, and 5 s between them. */
  @Test
  void nodeProblemDetectorRunsTheCheckAndWaitsLongEnough() {
    Config config =
        ConfigFactory.parseFile(new File("packaging/monitoring/node-problem-detector.json"));
    Config rule = config.getConfigList("rules").get(0);

    assertThat(rule.getString("path")).isEqualTo("/usr/bin/fadvised");
    assertThat(rule.getString("condition"))
        .isEqualTo(config.getConfigList("conditions").get(0).getString("type"));
    assertThat(rule.getDuration("timeout"))
        .isGreaterThan(Duration.ofSeconds(25))
        .isLessThanOrEqualTo(config.getDuration("pluginConfig.timeout"));
    String[] words = rule.getStringList("args").toArray(String[]::new);
    assertThat(CommandResult.in(Worlds.of(host, Worlds.NO_DAEMON), words).out())
        .startsWith("FADVISED CRITICAL");
  }

  private CommandResult check(String... options) {
    return check(
        request ->
            Optional.of(
                new Answer(
                    Answer.DONE,
                    "",
                    Optional.of(new Instance(42, "1", Instant.now().toString(), Optional.empty())),
                    Optional.of(statuses.remove()),
                    List.of(),
                    List.of())),
        options);
  }

  /** Checks without a wait. */
  private CommandResult check(Daemon daemon, String... options) {
    StringWriter out = new StringWriter();
    CommandLine command =
        new CommandLine(new CheckCommand(Worlds.of(host, daemon), Duration.ZERO))
            .setOut(new PrintWriter(out, true));
    return new CommandResult(command.execute(options), out.toString(), "");
  }

  private static Daemon unavailable(String words, IOException cause) {
    return request -> {
      throw new DaemonUnavailableException(words, cause);
    };
  }

  /**
   * Returns a status of now, with a budget of 8 bytes.
   *
   * @param resident bytes, at full pressure
   */
  private static HostStatus status(boolean paused, long resident) {
    Pressure full = new Pressure(1, Map.of(), "full");
    return HostStatus.of(Reports.pressedSnapshot(Instant.now(), paused, full, 8, resident));
  }
}
