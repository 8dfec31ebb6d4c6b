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
 * {@code fadvised top} in a tmux terminal. All tests share a daemon and a device; a test that ends
 * the daemon starts another.
 */
@NeedsLoopDevices
class TopIT {
  /** Room for other devices of the host. */
  private static final int TALL_ROWS = 400;

  @TempDir private static Path directory;
  private static LoopDisk disk;
  private static Process daemon;
  private static TmuxTerminal terminal;

  @BeforeAll
  static void start() throws Exception {
    terminal = new TmuxTerminal(directory, Shell.socketIn(directory));
    disk = new LoopDisk(directory);
    startDaemon();
  }

  private static void startDaemon() throws Exception {
    Path config =
        Files.writeString(
            directory.resolve("fadvised.conf"),
            "fadvised { devices.include = [ \"" + directory + "/**\" ], interval.max = 1s }\n");
    Path log = Files.createTempFile(directory, "log", "");
    daemon = Shell.fadvisedInto(log, "run", "--config", config).start();
    terminal.await("the daemon runs", () -> Files.readString(log).contains(" started, "));
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
  void topShowsTheDaemonLiveAndHandlesKeys() throws Exception {
    terminal.open(80, 24, "top");
    terminal.await("the device is there", () -> shows(disk));
    assertThat(terminal.screen()).contains("RESIDENT").contains("q quit");
    assertThat(terminal.screen().lines().findFirst().orElseThrow()).matches(firstLine());
    assertThat(terminal.screen().lines()).hasSizeLessThanOrEqualTo(24);

    terminal.press("p");
    terminal.await("it asks", () -> terminal.screen().contains("pause all sweeps? y/n"));
    terminal.press("n");
    terminal.await("it asks no more", () -> !terminal.screen().contains("pause all sweeps?"));
    terminal.press("p");
    terminal.await("it asks again", () -> terminal.screen().contains("pause all sweeps? y/n"));
    assertThat(terminal.screen()).doesNotContain("PAUSED");
    terminal.press("y");
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
  void helpShowsTheKeysUntilTheNextKey() throws Exception {
    terminal.open(80, 24, "top");
    terminal.await("the device is there", () -> shows(disk));

    terminal.press("?");
    terminal.await("the keys", () -> terminal.screen().contains("freeze the view"));
    assertThat(terminal.screen()).doesNotContain("RESIDENT");

    terminal.press("x");
    terminal.await("the device is there", () -> shows(disk));
  }

  @Test
  void terminalOfAnotherMountNamespaceIsUsed() throws Exception {
    String devpts = "mount -t devpts -o newinstance none /dev/pts && exec \"$0\" \"$@\"";
    terminal.openWithin("unshare --mount sh -c '" + devpts + "'", 80, 24, "top");
    terminal.await("the device is there", () -> shows(disk));
    assertThat(terminal.screen().lines()).hasSizeLessThanOrEqualTo(24);

    terminal.press("q");
    terminal.await("it has ended", () -> terminal.screen().contains("exit code 0"));
  }

  @Test
  void detachedDeviceDisappears() throws Exception {
    terminal.open(80, 24, "top --no-color");
    terminal.await("the device is there", () -> shows(disk));

    disk.remove();

    LoopDisk gone = disk;
    terminal.await("it is gone", () -> !shows(gone));
    disk = new LoopDisk(Files.createDirectory(directory.resolve("again")));
    terminal.await("the next one is there", () -> shows(disk));
  }

  @Test
  void resizedTerminalGetsTheView() throws Exception {
    terminal.open(20, 24, "top");
    terminal.await("a sentence", () -> terminal.screen().contains("too small"));

    terminal.resize(120, 30);

    terminal.await("the view", () -> terminal.screen().contains("BACKING FILE"));
  }

  @Test
  void endOfTheDaemonIsReported() throws Exception {
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
  void hungDaemonIsReported() throws Exception {
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
  void ctrlZIsIgnored() throws Exception {
    terminal.open(80, 24, "top");
    terminal.await("the device is there", () -> shows(disk));

    terminal.press("C-z");
    terminal.press("o");

    terminal.await("it obeys", () -> terminal.screen().contains("by released"));
  }

  @Test
  void sigtermRestoresTheTerminal() throws Exception {
    terminal.open(80, 24, "top");
    terminal.await("the device is there", () -> shows(disk));

    terminal.signal("TERM");

    terminal.await("it has ended", () -> terminal.screen().contains("exit code 0"));
    assertThat(terminal.format("#{alternate_on}#{cursor_flag}")).isEqualTo("01");
  }

  @Test
  void topWithoutADaemonMeasuresByItself() throws Exception {
    terminal.open(80, TALL_ROWS, "top --set interval.max=1s");

    terminal.await("the device is there", () -> shows(disk));
    assertThat(terminal.screen()).contains("no daemon: measured here");
    terminal.press("p");
    terminal.press("h");
    terminal.await("help", () -> terminal.screen().contains("freeze the view"));
    assertThat(terminal.screen()).doesNotContain("pause");
  }

  @Test
  void ctrlCQuitsAndRestoresTheTerminal() throws Exception {
    terminal.open(80, 24, "top");
    terminal.await("the device is there", () -> shows(disk));

    terminal.press("C-c");

    terminal.await("it has ended", () -> terminal.screen().contains("exit code 0"));
    assertThat(terminal.screen()).doesNotContain("RESIDENT");
  }

  @Test
  void topIntoAPipePrintsTheStatusOnce() throws Exception {
    CommandResult result = Shell.ask(directory, "top");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains(disk.name()).doesNotContain("\u001b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"xterm-256color", "linux", "vt100", "unheard-of"})
  void topFitsTheTerminal(String type) throws Exception {
    terminal.openAs(type, 80, 24, "top");
    terminal.await("the device is there", () -> shows(disk));
    for (int sample = 0; sample < 2; sample++) {
      assertThat(terminal.screen().lines().findFirst().orElseThrow()).matches(firstLine());
      Thread.sleep(1000);
    }
  }

  @Test
  void dumbTerminalGetsTheStatusOnce() throws Exception {
    terminal.openAs("dumb", 80, TALL_ROWS, "top");

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
