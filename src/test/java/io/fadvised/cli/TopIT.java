package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code fadvised top} in a real terminal, that of tmux. All tests share a daemon and a device; one
 * that ends the daemon starts the next.
 */
@NeedsLoopDevices
class TopIT {
  /** Lines, for the devices of others, too. */
  private static final int MANY = 400;

  @TempDir private static Path folder;
  private static LoopDisk disk;
  private static Process daemon;
  private static Path pidFile;
  private static TmuxTerminal terminal;

  @BeforeAll
  static void start() throws Exception {
    pidFile = folder.resolve("pid");
    terminal = new TmuxTerminal(folder, pidFile);
    disk = new LoopDisk(folder);
    startDaemon();
  }

  private static void startDaemon() throws Exception {
    Path config =
        Files.writeString(
            folder.resolve("fadvised.conf"),
            "fadvised { devices.include = [ \"" + folder + "/**\" ], interval.max = 1s }\n");
    Path log = Files.createTempFile(folder, "log", "");
    daemon = Shell.fadvisedInto(log, "run", "--config", config).start();
    terminal.await("the daemon runs", () -> Files.readString(log).contains(" started, "));
    Files.writeString(pidFile, daemon.pid() + "\n");
  }

  @AfterEach
  void endTerminal() throws Exception {
    terminal.end();
  }

  @AfterAll
  static void end() throws Exception {
    try {
      daemon.destroy();
      daemon.waitFor();
    } finally {
      disk.remove();
    }
  }

  @Test
  void itShowsTheDaemonLiveAndObeysKeys() throws Exception {
    terminal.open(80, 24, "top");
    terminal.await("the device is there", () -> shows(disk));
    assertThat(terminal.screen()).contains("RESIDENT").contains("q quit");
    assertThat(terminal.screen().lines().findFirst().orElseThrow()).matches(firstLine());
    assertThat(terminal.screen().lines()).hasSizeLessThanOrEqualTo(24);

    terminal.press("p");
    terminal.await("it is paused", () -> terminal.screen().contains("PAUSED"));
    terminal.press("p");
    terminal.await("it goes on", () -> !terminal.screen().contains("PAUSED"));

    terminal.press("/");
    terminal.press(disk.name());
    terminal.press("Enter");
    terminal.press("d");
    terminal.await("the detail is there", () -> terminal.screen().contains(", allowance "));
    terminal.press("o");
    terminal.await("another order", () -> terminal.screen().contains("by released"));

    terminal.press("/");
    terminal.press("nothing");
    terminal.await(
        "the filter holds", () -> terminal.screen().contains("no device matches \"nothing\""));
    terminal.press("Escape");
    terminal.await("the filter is gone", () -> shows(disk));

    terminal.press("s");
    terminal.await("it was swept", () -> terminal.screen().contains("swept"));

    terminal.press("q");
    terminal.await("it has ended", () -> terminal.screen().contains("exit code 0"));
    assertThat(terminal.screen()).doesNotContain("RESIDENT");
  }

  @Test
  void aDeviceThatDisappearsDisappears() throws Exception {
    terminal.open(80, 24, "top --no-color");
    terminal.await("the device is there", () -> shows(disk));

    disk.remove();

    LoopDisk gone = disk;
    terminal.await("it is gone", () -> !shows(gone));
    disk = new LoopDisk(Files.createDirectory(folder.resolve("again")));
    terminal.await("the next one is there", () -> shows(disk));
  }

  @Test
  void aTerminalTooSmallGetsASentenceAndALargerOneTheView() throws Exception {
    terminal.open(20, 24, "top");
    terminal.await("a sentence", () -> terminal.screen().contains("too small"));

    terminal.resize(120, 30);

    terminal.await("the view", () -> terminal.screen().contains("BACKING FILE"));
  }

  @Test
  void whenTheDaemonEndsItSaysSo() throws Exception {
    terminal.open(80, 24, "top");
    terminal.await("the device is there", () -> shows(disk));

    daemon.destroy();
    daemon.waitFor();

    try {
      terminal.await("a sentence", () -> terminal.screen().contains("the daemon has stopped"));
      terminal.press("q");
      terminal.await("it has ended", () -> terminal.screen().contains("exit code 0"));
    } finally {
      startDaemon();
    }
  }

  @Test
  void aDaemonThatDoesNotAnswerIsNoticed() throws Exception {
    terminal.open(80, 24, "top");
    terminal.await("the device is there", () -> shows(disk));

    Shell.run("kill", "-STOP", daemon.pid());
    try {
      terminal.await("a sentence", () -> terminal.screen().contains("not responding for "));
    } finally {
      Shell.run("kill", "-CONT", daemon.pid());
    }
    terminal.await("it is gone", () -> !terminal.screen().contains("not responding for "));
  }

  @Test
  void ctrlZDoesNotStopIt() throws Exception {
    terminal.open(80, 24, "top");
    terminal.await("the device is there", () -> shows(disk));

    terminal.press("C-z");
    terminal.press("o");

    terminal.await("it obeys", () -> terminal.screen().contains("by released"));
  }

  @Test
  void afterSigtermTheTerminalIsAsBefore() throws Exception {
    terminal.open(80, 24, "top");
    terminal.await("the device is there", () -> shows(disk));

    Shell.run("pkill", "-TERM", "-f", "io.fadvised.cli.Main top$");

    terminal.await("it has ended", () -> terminal.screen().contains("exit code 0"));
    assertThat(terminal.known("#{alternate_on}#{cursor_flag}")).isEqualTo("01");
  }

  @Test
  void withoutADaemonItMeasuresByItself() throws Exception {
    terminal.open(80, MANY, "top --set interval.max=1s");

    terminal.await("the device is there", () -> shows(disk));
    assertThat(terminal.screen()).contains("no daemon: measured here");
    terminal.press("p");
    terminal.await("a sentence", () -> terminal.screen().contains("no daemon is running"));
  }

  @Test
  void ctrlCEndsItAndTheTerminalIsAsBefore() throws Exception {
    terminal.open(80, 24, "top");
    terminal.await("the device is there", () -> shows(disk));

    terminal.press("C-c");

    terminal.await("it has ended", () -> terminal.screen().contains("exit code 0"));
    assertThat(terminal.screen()).doesNotContain("RESIDENT");
  }

  @Test
  void intoAPipeItPrintsTheStatusOnce() throws Exception {
    Typed typed = Shell.attempt("env", "FADVISED_PID_FILE=" + pidFile, Shell.launcher(), "top");

    assertThat(typed.exitCode()).isZero();
    assertThat(typed.out()).contains(disk.name()).doesNotContain("\u001b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"xterm-256color", "linux", "vt100", "unheard-of"})
  void itFitsTheTerminal(String type) throws Exception {
    terminal.openAs(type, 80, 24, "top");
    terminal.await("the device is there", () -> shows(disk));
    for (int look = 0; look < 2; look++) {
      assertThat(terminal.screen().lines().findFirst().orElseThrow()).matches(firstLine());
      Thread.sleep(1000);
    }
  }

  @Test
  void aTerminalThatCannotPlaceItsCursorGetsTheStatusOnce() throws Exception {
    terminal.openAs("dumb", 80, MANY, "top");

    terminal.await("it has ended", () -> terminal.screen().contains("exit code 0"));
    assertThat(terminal.screen()).contains("Lower cache").doesNotContain("q quit");
  }

  private String firstLine() {
    return "fadvised top  [0-9]{2}:[0-9]{2}:[0-9]{2} UTC  daemon " + daemon.pid();
  }

  private boolean shows(LoopDisk disk) throws Exception {
    return terminal.screen().contains(" " + disk.name() + " ");
  }
}
