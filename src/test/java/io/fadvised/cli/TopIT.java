package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code fadvised top} in a real terminal, that of tmux, over a real daemon and a real device. */
@NeedsLoopDevices
class TopIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String SOCKET = "fadvised-it-" + ProcessHandle.current().pid();

  @TempDir private Path folder;
  private LoopDisk disk;
  private Process daemon;
  private Path pidFile;

  @BeforeEach
  void startDaemon() throws Exception {
    disk = new LoopDisk(folder);
    Path config =
        Files.writeString(
            folder.resolve("fadvised.conf"),
            "fadvised { devices.include = [ \"" + folder + "/**\" ], interval.max = 1s }\n");
    Path log = folder.resolve("log");
    daemon = Shell.fadvisedInto(log, "run", "--config", config).start();
    pidFile = folder.resolve("pid");
    await("the daemon runs", () -> Files.readString(log).contains(" started, "));
    Files.writeString(pidFile, daemon.pid() + "\n");
  }

  @AfterEach
  void end() throws Exception {
    try {
      Shell.attempt("tmux", "-L", SOCKET, "kill-server");
      daemon.destroy();
      daemon.waitFor();
    } finally {
      disk.remove();
    }
  }

  @Test
  void itShowsTheDaemonLiveAndObeysKeys() throws Exception {
    open(80, 24, "top");
    await("the device is there", () -> shows(disk));
    assertThat(screen()).contains("RESIDENT").contains("q quit");
    assertThat(screen().lines().findFirst().orElseThrow()).matches(firstLine());
    assertThat(screen().lines()).hasSizeLessThanOrEqualTo(24);

    press("p");
    await("it is paused", () -> screen().contains("PAUSED"));
    press("p");
    await("it goes on", () -> !screen().contains("PAUSED"));

    press("/");
    press(disk.name());
    press("Enter");
    press("d");
    await("the detail is there", () -> screen().contains(", may hold "));
    press("o");
    await("another order", () -> screen().contains("by released"));

    press("/");
    press("nothing");
    await("the filter holds", () -> screen().contains("no device matches \"nothing\""));
    press("Escape");
    await("the filter is gone", () -> shows(disk));

    press("s");
    await("it was swept", () -> screen().contains("swept"));

    press("q");
    await("it has ended", () -> screen().contains("exit code 0"));
    assertThat(screen()).doesNotContain("RESIDENT");
  }

  @Test
  void aDeviceThatDisappearsDisappears() throws Exception {
    open(80, 24, "top --no-color");
    await("the device is there", () -> shows(disk));

    disk.remove();

    LoopDisk gone = disk;
    await("it is gone", () -> !shows(gone));
    disk = new LoopDisk(Files.createDirectory(folder.resolve("again")));
    await("the next one is there", () -> shows(disk));
  }

  @Test
  void aTerminalTooSmallGetsASentenceAndALargerOneTheView() throws Exception {
    open(20, 24, "top");
    await("a sentence", () -> screen().contains("too small"));

    Shell.run("tmux", "-L", SOCKET, "resize-window", "-x", 120, "-y", 30);

    await("the view", () -> screen().contains("BACKING FILE"));
  }

  @Test
  void whenTheDaemonEndsItSaysSo() throws Exception {
    open(80, 24, "top");
    await("the device is there", () -> shows(disk));

    daemon.destroy();
    daemon.waitFor();

    await("a sentence", () -> screen().contains("the daemon has ended"));
    press("q");
    await("it has ended", () -> screen().contains("exit code 0"));
  }

  @Test
  void aDaemonThatDoesNotAnswerIsNoticed() throws Exception {
    open(80, 24, "top");
    await("the device is there", () -> shows(disk));

    Shell.run("kill", "-STOP", daemon.pid());
    try {
      await("a sentence", () -> screen().contains("no answer for "));
    } finally {
      Shell.run("kill", "-CONT", daemon.pid());
    }
    await("it is gone", () -> !screen().contains("no answer for "));
  }

  @Test
  void ctrlZDoesNotStopIt() throws Exception {
    open(80, 24, "top");
    await("the device is there", () -> shows(disk));

    press("C-z");
    press("o");

    await("it obeys", () -> screen().contains("by released"));
  }

  @Test
  void afterSigtermTheTerminalIsAsBefore() throws Exception {
    open(80, 24, "top");
    await("the device is there", () -> shows(disk));

    Shell.run("pkill", "-TERM", "-f", "io.fadvised.cli.Main top$");

    await("it has ended", () -> screen().contains("exit code 0"));
    assertThat(Shell.run("tmux", "-L", SOCKET, "display", "-p", "#{alternate_on}#{cursor_flag}"))
        .isEqualTo("01");
  }

  @Test
  void withoutADaemonItMeasuresByItself() throws Exception {
    open(80, 24, "top --set interval.max=1s");

    await("the device is there", () -> shows(disk));
    assertThat(screen()).contains("no daemon to ask: measured here");
    press("p");
    await("a sentence", () -> screen().contains("no daemon is running that could be told"));
  }

  @Test
  void ctrlCEndsItAndTheTerminalIsAsBefore() throws Exception {
    open(80, 24, "top");
    await("the device is there", () -> shows(disk));

    press("C-c");

    await("it has ended", () -> screen().contains("exit code 0"));
    assertThat(screen()).doesNotContain("RESIDENT");
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
    openAs(type, 80, 24, "top");
    await("the device is there", () -> shows(disk));
    for (int look = 0; look < 3; look++) {
      assertThat(screen().lines().findFirst().orElseThrow()).matches(firstLine());
      Thread.sleep(1000);
    }
  }

  @Test
  void aTerminalThatCannotPlaceItsCursorGetsTheStatusOnce() throws Exception {
    openAs("dumb", 80, 24, "top");

    await("it has ended", () -> screen().contains("exit code 0"));
    assertThat(screen()).contains("Lower cache").doesNotContain("q quit");
  }

  private String firstLine() {
    return "fadvised top  [0-9]{2}:[0-9]{2}:[0-9]{2} UTC  daemon " + daemon.pid();
  }

  /** In a shell of its own, which says how it ended and stays. */
  private void open(int width, int height, String arguments)
      throws IOException, InterruptedException {
    openAs("screen", width, height, arguments);
  }

  private void openAs(String terminal, int width, int height, String arguments)
      throws IOException, InterruptedException {
    String command =
        "trap : INT; TERM='%s' FADVISED_PID_FILE='%s' '%s' %s; echo \"exit code $?\"; sleep 60"
            .formatted(terminal, pidFile, Shell.launcher(), arguments);
    List<Object> words = new ArrayList<>(List.of("env", "LC_ALL=C.UTF-8", "tmux", "-L", SOCKET));
    words.addAll(List.of("-f", "/dev/null", "new-session", "-d", "-x", width, "-y", height));
    words.addAll(List.of("sh", "-c", command));
    Shell.run(words.toArray());
  }

  private static void press(String... keys) throws IOException, InterruptedException {
    List<Object> words = new ArrayList<>(List.of("tmux", "-L", SOCKET, "send-keys"));
    words.addAll(Arrays.asList(keys));
    Shell.run(words.toArray());
  }

  private static String screen() throws IOException, InterruptedException {
    return Shell.attempt("tmux", "-L", SOCKET, "capture-pane", "-p").out();
  }

  private static boolean shows(LoopDisk disk) throws IOException, InterruptedException {
    return screen().contains(" " + disk.name() + " ");
  }

  private static void await(String what, Condition condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + PATIENCE + ": " + what + "\n" + screen());
      }
      Thread.sleep(50);
    }
  }

  /** Something to wait for. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws Exception;
  }
}
