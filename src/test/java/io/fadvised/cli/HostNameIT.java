package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The host name resolves to an address that is unreachable; only loopback works. */
@NeedsLoopDevices
class HostNameIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /** Runs its arguments in new namespaces; the first argument replaces /etc/hosts. */
  private static final String IN_NAMESPACES =
      """
      ip link set lo up &&
      hostname fadvised-test &&
      mount --bind "$1" /etc/hosts &&
      shift &&
      exec "$@"
      """;

  @TempDir private Path directory;

  @Test
  void commandsReachTheDaemonOverLoopbackOnly() throws Exception {
    Path hosts = Files.writeString(directory.resolve("hosts"), "192.0.2.1 fadvised-test\n");
    Path config =
        Files.writeString(
            directory.resolve("fadvised.conf"), "fadvised.devices.include = [ \"/nowhere/*\" ]\n");
    Path log = directory.resolve("log");
    Process daemon =
        new ProcessBuilder(
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
      Path pidFile = Files.writeString(directory.resolve("pid"), daemon.pid() + "\n");

      CommandResult reload =
          Shell.attempt(
              "nsenter",
              "--net",
              "--target",
              daemon.pid(),
              "env",
              "FADVISED_PID_FILE=" + pidFile,
              Shell.launcher(),
              "reload");

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
