package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fadvised.metrics.ControlMXBean;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttachedDaemonsTest {
  private static final Path PROC = Path.of("/proc");

  @TempDir private Path directory;
  private Process daemon;

  @AfterEach
  void endDaemon() {
    if (daemon != null) {
      daemon.destroyForcibly();
    }
  }

  @Test
  void daemonIsFoundByItsPidFile() throws Exception {
    AttachedDaemons daemons = daemonsWithPidFile(start());

    assertThat(daemons.find()).hasValue(daemon.pid());
    assertThat(daemons.ask(daemon.pid(), ControlMXBean::getVersion)).isEqualTo("1.2.3");
  }

  @Test
  void exceptionOfTheDaemonIsRethrownUnchanged() throws Exception {
    AttachedDaemons daemons = daemonsWithPidFile(start());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> daemons.ask(daemon.pid(), ControlMXBean::reload))
        .withMessage("fadvised.conf: 3: no such key");
  }

  @Test
  void daemonWithoutControlIsReported() throws Exception {
    AttachedDaemons daemons = daemonsWithPidFile(start("without"));

    assertThatExceptionOfType(DaemonUnavailableException.class)
        .isThrownBy(() -> daemons.ask(daemon.pid(), ControlMXBean::status))
        .satisfies(e -> assertThat(e.words()).contains("no JMX control"));
  }

  @Test
  void stalePidFileIsIgnored() throws IOException {
    long other = ProcessHandle.of(1).map(ProcessHandle::pid).orElse(1L);
    Path pidFile = Files.writeString(directory.resolve("pid"), other + "\n");

    assertThat(new AttachedDaemons(pidFile, false, directory).find()).isEmpty();
  }

  private AttachedDaemons daemonsWithPidFile(long process) throws IOException {
    Path pidFile = Files.writeString(directory.resolve("pid"), process + "\n");
    return new AttachedDaemons(pidFile, false, PROC);
  }

  private long start(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "io.fadvised.cli.TestingDaemon"));
    command.addAll(List.of(arguments));
    daemon = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    assertThat(daemon.inputReader().readLine()).isEqualTo("ready");
    return daemon.pid();
  }
}
