package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.tools.attach.VirtualMachine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
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
  private Path socket;
  private Process daemon;

  @BeforeEach
  void startDaemon() throws Exception {
    Path hosts = Files.writeString(directory.resolve("hosts"), "192.0.2.1 fadvised-test\n");
    Path config =
        Files.writeString(
            directory.resolve("fadvised.conf"), "fadvised.devices.include = [ \"/nowhere/*\" ]\n");
    Path log = directory.resolve("log");
    socket = directory.resolve("sock");
    daemon =
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
    awaitStart(daemon, log);
  }

  @AfterEach
  void endDaemon() throws Exception {
    daemon.destroy();
    assertThat(daemon.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void commandsReachTheDaemonWithoutANetwork() throws Exception {
    CommandResult reload =
        Shell.attempt("env", "FADVISED_SOCKET=" + socket, Shell.launcher(), "reload");

    assertThat(reload).isEqualTo(new CommandResult(0, "configuration reloaded\n", ""));
  }

  @Test
  void jmxClientAttachesByTheLoopbackAddress() throws Exception {
    Shell.run("nsenter", "--net", "--target", daemon.pid(), "ip", "link", "set", "lo", "up");

    CommandResult client =
        Shell.attempt(
            "nsenter",
            "--net",
            "--uts",
            "--mount",
            "--target",
            daemon.pid(),
            Path.of(System.getProperty("java.home"), "bin", "java"),
            "-cp",
            Path.of("target/test-classes").toAbsolutePath(),
            HostNameIT.class.getName(),
            daemon.pid());

    assertThat(client).isEqualTo(new CommandResult(0, "running", ""));
  }

  /** Attaches to a process as JConsole does, and prints the state of the daemon. */
  @SuppressWarnings("BanJNDI") // the address comes from the attached JVM
  public static void main(String[] arguments) throws Exception {
    VirtualMachine machine = VirtualMachine.attach(arguments[0]);
    JMXServiceURL agent = new JMXServiceURL(machine.startLocalManagementAgent());
    try (JMXConnector connector = JMXConnectorFactory.connect(agent)) {
      MBeanServerConnection beans = connector.getMBeanServerConnection();
      System.out.print(beans.getAttribute(new ObjectName("io.fadvised:type=Control"), "State"));
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
