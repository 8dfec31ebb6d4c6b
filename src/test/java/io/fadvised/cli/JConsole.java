package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** JConsole on a screen of its own, which Xvfb keeps in memory. */
final class JConsole implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** The name of the window that AWT gives the focus to. */
  private static final String FOCUS = "FocusProxy";

  private final Path record;
  private final Path log;
  private final String display;
  private final Process screen;
  private final Process console;

  /**
   * @param directory for files of the two programs
   */
  JConsole(Path directory, List<String> arguments) throws Exception {
    record = directory.resolve("jconsole.record");
    log = directory.resolve("jconsole.log");
    Path number = directory.resolve("display");
    screen = // -noreset: a reset when the last client leaves rejects the next one
        new ProcessBuilder("Xvfb", "-displayfd", "1", "-nolisten", "tcp", "-noreset")
            .redirectOutput(number.toFile())
            .redirectError(log.toFile())
            .start();
    try {
      await("Xvfb is ready", () -> Files.readString(number).endsWith("\n"));
      display = ":" + Files.readString(number).strip();
      console = start(directory, arguments);
    } catch (Exception | AssertionError e) {
      screen.destroyForcibly();
      throw e;
    }
  }

  private Process start(Path directory, List<String> arguments) throws IOException {
    Path services = Files.createDirectories(directory.resolve("META-INF/services"));
    Files.writeString(
        services.resolve("com.sun.tools.jconsole.JConsolePlugin"),
        JConsoleRecorder.class.getName());
    List<String> words = new ArrayList<>(List.of("jconsole", "-interval=1", "-pluginpath"));
    words.add(directory + ":target/test-classes");
    words.add("-J-D" + JConsoleRecorder.FILE + "=" + record);
    words.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put("DISPLAY", display);
    return builder.start();
  }

  /** Types into the dialog for a new connection, from its last field to its first. */
  void connect(String address, String user, String password) throws Exception {
    await("JConsole has a window", () -> FOCUS.equals(press("getwindowfocus", "getwindowname")));
    press("key", "shift+Tab", "shift+Tab");
    press("type", password);
    press("key", "shift+Tab");
    press("type", user);
    press("key", "shift+Tab");
    press("type", address + "\n");
  }

  /** Waits until JConsole is connected, and returns the process and the state that it reads. */
  String connected() throws Exception {
    await("JConsole is connected", () -> Files.exists(record));
    return Files.readString(record);
  }

  private String press(String... words) throws IOException, InterruptedException {
    List<Object> command = new ArrayList<>(List.of("env", "DISPLAY=" + display, "xdotool"));
    command.addAll(List.of(words));
    return Shell.attempt(command.toArray()).out().strip();
  }

  private void await(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as(what + "; " + Files.readString(log)).isLessThan(end);
      Thread.sleep(20);
    }
  }

  @Override
  public void close() {
    console.destroyForcibly().onExit().join();
    screen.destroy();
    screen.onExit().join();
  }
}
