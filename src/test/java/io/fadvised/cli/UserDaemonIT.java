package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon of the user nobody, with the socket in the runtime directory of this user. */
@NeedsLoopDevices(programs = "setpriv")
class UserDaemonIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final String USER = "nobody";
  private static final String OTHER_USER = "daemon";
  private static final String MAY_NOT_ASK =
      "fadvised: a daemon may be running, but this user may not write to %s; use sudo\n";

  @TempDir private Path directory;
  private Path launcher;
  private Path runtime;
  private Path socket;
  private Path log;
  private Process daemon;

  @BeforeEach
  void startDaemon() throws Exception {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path home = directory.resolve("home"); // others may not enter the build directory
    Shell.run("cp", "-r", System.getProperty("fadvised.home"), home);
    Shell.run("chmod", "-R", "a+rX", home);
    launcher = home.resolve("bin/fadvised");
    runtime = Files.createDirectory(directory.resolve("runtime"));
    Shell.run("chown", USER, runtime);
    Files.setPosixFilePermissions(runtime, PosixFilePermissions.fromString("rwx------"));
    socket = runtime.resolve("fadvised/fadvised.sock");
    log = directory.resolve("log");
    String noDevices = "devices.include=[\"/nowhere/*\"]";
    daemon =
        new ProcessBuilder(words(USER, "run", "--set", noDevices))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    awaitStart();
  }

  @AfterEach
  void endDaemon() throws Exception {
    daemon.destroyForcibly().waitFor();
  }

  @Test
  void onlyTheUserReachesTheSocket() throws Exception {
    assertThat(rights(socket)).isEqualTo("nobody rw-------");
    assertThat(rights(socket.getParent())).isEqualTo("nobody rwx------");
    assertThat(ask(USER, "status").out()).contains("\nDaemon       process " + daemon.pid() + ", ");

    CommandResult other = ask(OTHER_USER, "pause");

    assertThat(other.exitCode()).isEqualTo(ExitCodes.FAILED);
    assertThat(other.err()).isEqualTo(MAY_NOT_ASK.formatted(socket));
  }

  @Test
  void ordersAreLoggedWithTheUser() throws Exception {
    assertThat(ask(USER, "pause").out()).isEqualTo("paused: no sweeps until resume\n");
    assertThat(ask(USER, "reload").out()).isEqualTo("configuration reloaded\n");
    assertThat(Files.readString(log))
        .containsPattern("pause, ordered by nobody \\(uid \\d+\\): paused")
        .containsPattern("reload, ordered by nobody \\(uid \\d+\\): configuration reloaded");
  }

  @Test
  void daemonOfRootNamesTheProcessAndUserWhoseLockItIgnores() throws Exception {
    Path ofRoot = directory.resolve("root.log");
    Process root =
        Shell.fadvisedInto(ofRoot, "run", "--set", "devices.include=[\"/nowhere/*\"]").start();
    try {
      long end = System.nanoTime() + TIMEOUT.toNanos();
      while (!Files.readString(ofRoot).contains(" started, ") && System.nanoTime() < end) {
        Thread.sleep(10);
      }
      assertThat(Files.readString(ofRoot))
          .contains(" started, ")
          .containsPattern(
              "cannot lock /dev: process "
                  + daemon.pid()
                  + " \\(java\\) of user \\d+ has locked it, which is ignored: every user can;");
    } finally {
      root.destroyForcibly().waitFor();
    }
  }

  @Test
  void stoppedDaemonRemovesTheSocket() throws Exception {
    daemon.destroy();

    assertThat(daemon.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(socket).doesNotExist();
    assertThat(ask(OTHER_USER, "pause").err())
        .as("whose user cannot see that")
        .isEqualTo(MAY_NOT_ASK.formatted(socket));
  }

  @Test
  void missingSocketIsLoggedWithTheReasonInWords() throws Exception {
    daemon.destroyForcibly().waitFor();
    Path locked = Files.createDirectory(directory.resolve("locked"));
    List<String> words = words(USER, "run");
    words.addAll(words.indexOf(launcher.toString()), List.of("RUNTIME_DIRECTORY=" + locked));

    daemon =
        new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(log.toFile()).start();

    awaitStart();
    assertThat(Files.readString(log))
        .contains("cannot reach this daemon: " + locked + "/fadvised.sock: permission denied\n");
  }

  private CommandResult ask(String user, String command) throws Exception {
    return Shell.attempt(words(user, command).toArray());
  }

  /** Returns a command line whose environment names only the runtime directory. */
  private List<String> words(String user, String... arguments) {
    List<String> words = new ArrayList<>(List.of("setpriv", "--reuid=" + user));
    words.addAll(List.of("--regid=nogroup", "--clear-groups", "env", "-u", "FADVISED_SOCKET"));
    words.addAll(List.of("-u", "RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR=" + runtime));
    words.add(launcher.toString());
    words.addAll(List.of(arguments));
    return words;
  }

  private void awaitStart() throws Exception {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (!Files.readString(log).contains(" started, ")) {
      assertThat(daemon.isAlive()).as(Files.readString(log)).isTrue();
      assertThat(System.nanoTime()).as(Files.readString(log)).isLessThan(end);
      Thread.sleep(10);
    }
  }

  private static String rights(Path path) throws IOException {
    return Files.getOwner(path, LinkOption.NOFOLLOW_LINKS)
        + " "
        + PosixFilePermissions.toString(
            Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
  }
}
