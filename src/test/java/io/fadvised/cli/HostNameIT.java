package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The daemon has a network of its own, and its host name resolves to an address that is
 * unreachable.
 */
@NeedsLoopDevices
class HostNameIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /** Runs its arguments in new namespaces; the first argument replaces /etc/hosts. */
  private static final String IN_NAMESPACES =
      """
      hostname fadvised-test &&
      mount --bind "$1" /etc/hosts &&
      shift &&
      exec "$@"
      """;

  @TempDir private Path directory;

  @Test
  void commandsReachTheDaemonWithoutANetwork() throws Exception {
    Path hosts = Files.writeString(directory.resolve("hosts"), "192.0.2.1 fadvised-test\n");
    Path config =
        Files.writeString(
            directory.resolve("fadvised.conf"), "fadvised.devices.include = [ \"/nowhere/*\" ]\n");
    Path log = directory.resolve("log");
    Path socket = directory.resolve("sock");
    Process daemon =
        new ProcessBuilder(
                "env",
                "FADVISED_SOCKET=" + socket,
                "unshare",
                "--net",
                "--uts",
                "--mount",
                "sh",
                "-c",
                IN_NAMESPACES,
                "sh",
                hosts.toString(),
                Shell.launcher(),
                "run",
                "--config",
                config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      awaitStart(daemon, log);
      CommandResult reload =
          Shell.attempt("env", "FADVISED_SOCKET=" + socket, Shell.launcher(), "reload");

      assertThat(reload).isEqualTo(new CommandResult(0, "configuration reloaded\n", ""));
    } finally {
      daemon.destroy();
      assertThat(daemon.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
  }

  private static void awaitStart(Process daemon, Path log) throws Exception {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (!Files.readString(log).contains("started")) {
      assertThat(daemon.isAlive()).as(Files.readString(log)).isTrue();
      assertThat(System.nanoTime()).as(Files.readString(log)).isLessThan(end);
      Thread.sleep(10);
    }
  }
}
