package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fadvised.metrics.ControlMXBean;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.management.ObjectName;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The packaged tree under jsvc, with a JMX client. */
@Requires(
    programs = {"jsvc", "setsid", "mkfs.ext4", "python3"},
    alone = true)
@Timeout(120)
class ServiceIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final Path SERVICE =
      Path.of(System.getProperty("fadvised.home", "target/fadvised"), "bin/fadvised-service")
          .toAbsolutePath();

  @RegisterExtension final Scratch scratch = new Scratch();

  private LoopFixture loop;
  private Path image;
  private Path mount;
  private Path config;
  private Path log;
  private Path pidFile;
  private Path notifications;
  private Process service;

  @BeforeEach
  void startService() throws Exception {
    image = DataFiles.sparse(scratch.file("image"), 512);
    Commands.run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image);
    loop = scratch.attach(image);
    mount = scratch.mount("mnt", loop.node());
    config = scratch.file("fadvised.conf");
    configure("budget.relaxed = 1GiB, budget.pressed = 1GiB");
    log = scratch.file("log");
    pidFile = scratch.file("fadvised.pid");
    notifications = listen(scratch.file("notify"));
    ProcessBuilder builder =
        serviceCommand().redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("FADVISED_PID_FILE", pidFile.toString());
    builder.environment().put("FADVISED_SOCKET", scratch.file("sock").toString());
    builder.environment().put("FADVISED_HEARTBEAT_FILE", scratch.file("heartbeat").toString());
    builder.environment().put("NOTIFY_SOCKET", scratch.file("notify").toString());
    service = builder.start();
    scratch.later(this::endService);
    await(notifications, "READY=1");
  }

  @Test
  void serviceEvictsIsControlledOverJmxAndStopsCleanly() throws Exception {
    DataFiles.writeClean(mount.resolve("data"), 64);
    Commands.run("sync", "--file-system", mount);
    assertThat(DataFiles.residentBytes(image)).as("cached twice").isGreaterThan(48 * MIB);

    try (Jvm jvm = attach()) {
      assertThat(jvm.control.getState()).isEqualTo("running");
      assertThat(jvm.control.getConfigFile()).isEqualTo(config.toString());
      assertThat(jvm.control.getDevices()).anyMatch(line -> line.startsWith(loop.name() + ": "));

      assertThat(jvm.control.sweepNow()).startsWith("swept 1 device");
      assertThat(jvm.deviceNumber("ResidentBytes")).isGreaterThan(48 * MIB);
      assertThat(jvm.deviceNumber("ReleasedBytes")).isZero();

      configure("budget.relaxed = 8MiB, budget.pressed = 4MiB");
      assertThat(jvm.control.reload()).isEqualTo("configuration reloaded");
      assertThat(jvm.control.sweepNow()).contains("device");
      assertThat(jvm.deviceNumber("ReleasedBytes")).isGreaterThan(48 * MIB);
      assertThat(DataFiles.residentBytes(image)).isLessThan(8 * MIB);

      configure("budget.relaxd = 8MiB");
      assertThatThrownBy(jvm.control::reload).hasStackTraceContaining("did you mean");
      assertThat(jvm.control.getSettings())
          .anyMatch(line -> line.startsWith("fadvised.budget.relaxed = 8MiB"));

      assertThat(jvm.control.pause()).startsWith("paused");
      assertThat(jvm.control.getState()).isEqualTo("paused");
      assertThat(jvm.control.resume()).isEqualTo("resumed");

      scratch.unmount(mount);
      loop.detach();
      jvm.awaitNoDevice();
    }
    await(notifications, "WATCHDOG=1");
    stop();

    assertThat(service.exitValue()).isZero();
    assertThat(Files.readString(log)).endsWith("stopped\n");
    assertThat(Files.readString(notifications)).contains("STOPPING=1");
    assertThat(pidFile).doesNotExist();
  }

  /** Includes the JVM's two files in /tmp: counters for jps and the attach socket. */
  @Test
  void filesAndJmxSocketAreAccessibleToTheServiceUserOnly() throws Exception {
    try (Jvm jvm = attach()) {
      long process = jvm.control.getPid();
      Path socket = Path.of("/tmp/.java_pid" + process);
      Path counters = Path.of("/tmp/hsperfdata_root");

      assertThat(modeOf(socket) & 0777).isEqualTo(0600);
      assertThat(modeOf(counters.resolve(Long.toString(process))) & 0777).isEqualTo(0600);
      for (Path file : List.of(pidFile, scratch.file("heartbeat"), counters)) {
        assertThat(modeOf(file) & 0022).as(file.toString()).isZero();
      }
    }
  }

  /** Returns the mode of a file, which must belong to root. */
  private static int modeOf(Path file) throws IOException {
    assertThat(Files.getAttribute(file, "unix:uid", NOFOLLOW_LINKS)).isEqualTo(0);
    return (int) Files.getAttribute(file, "unix:mode", NOFOLLOW_LINKS);
  }

  @Test
  void invalidConfigurationIsReportedAndEndsTheService() throws Exception {
    stop();
    configure("intervall.min = 1s");

    assertThat(outputAtItsEnd())
        .contains("unknown key; did you mean interval.min?")
        .contains("Service exit with a return value of 78"); // printed by jsvc
  }

  private String outputAtItsEnd() throws Exception {
    Process second =
        serviceCommand().redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertThat(second.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(second.exitValue()).isNotZero();
    return Files.readString(log);
  }

  /** Uses setsid(1), because jsvc ends with a SIGTERM to its process group. */
  private ProcessBuilder serviceCommand() {
    return Commands.builder("setsid", SERVICE, "--config", config);
  }

  private void configure(String settings) throws Exception {
    Files.writeString(
        config, "fadvised { devices { \"include\" = [\"%s\"] }, %s }\n".formatted(image, settings));
  }

  /** Binds a socket like a service manager and records the messages in a file. */
  private Path listen(Path socket) throws Exception {
    Path received = scratch.file("notifications");
    Files.createFile(received);
    Process listener =
        Commands.builder(
                "python3",
                "-c",
                """
                import socket, sys
                s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                s.bind(sys.argv[1])
                print("listening", flush=True)
                while True:
                    print(s.recv(4096).decode(), flush=True)
                """,
                socket)
            .redirectOutput(received.toFile())
            .start();
    scratch.later(listener::destroyForcibly);
    await(received, "listening");
    return received;
  }

  private static void await(Path file, String words) throws Exception {
    Instant end = Instant.now().plus(TIMEOUT);
    while (!Files.readString(file).contains(words)) {
      assertThat(Instant.now()).as("%s in %s", words, Files.readString(file)).isBefore(end);
      Thread.sleep(50);
    }
  }

  private void stop() throws Exception {
    service.destroy(); // SIGTERM, to jsvc
    assertThat(service.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  /** Killed at once, jsvc would leave a file in /tmp. */
  private void endService() throws InterruptedException {
    service.destroy();
    if (!service.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
      service.descendants().forEach(ProcessHandle::destroyForcibly);
      service.destroyForcibly();
    }
  }

  private Jvm attach() throws Exception {
    return new Jvm(Files.readString(pidFile).strip());
  }

  /** The daemon's JVM and its MBeans for the device of the test. */
  private final class Jvm implements AutoCloseable {
    private final AttachedJvm jvm;
    private final ControlMXBean control;

    Jvm(String process) throws Exception {
      jvm = new AttachedJvm(process);
      control = jvm.control;
    }

    long deviceNumber(String attribute) throws Exception {
      ObjectName bean = new ObjectName("io.fadvised:type=Device,device=" + loop.name());
      return (Long) jvm.beans.getAttribute(bean, attribute);
    }

    void awaitNoDevice() throws Exception {
      Instant end = Instant.now().plusSeconds(2); // specified is 1 s
      while (!deviceBeans().isEmpty()) {
        assertThat(Instant.now()).as("still there: %s", deviceBeans()).isBefore(end);
        Thread.sleep(20);
      }
    }

    private Set<String> deviceBeans() throws Exception {
      ObjectName pattern =
          new ObjectName("io.fadvised:type=Device,device=%s,*".formatted(loop.name()));
      return jvm.beans.queryNames(pattern, null).stream()
          .map(ObjectName::toString)
          .collect(Collectors.toSet());
    }

    @Override
    public void close() throws IOException {
      jvm.close();
    }
  }
}
