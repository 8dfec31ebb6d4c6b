package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DaemonProcessTest {
  private static final String CATCHES_QUIT = "Name:\tjava\nSigCgt:\t2000000181005ccf\n";
  private static final String IGNORANT_OF_QUIT = "Name:\ttail\nSigCgt:\t0000000000000000\n";

  @TempDir private Path proc;

  @Test
  void theForegroundDaemonIsOne() throws IOException {
    process(7, CATCHES_QUIT, "/usr/bin/java", "-cp", "x", "io.fadvised.cli.Main", "-v", "run");

    assertThat(isDaemon(7)).isTrue();
  }

  @Test
  void theOneUnderJsvcIsOne() throws IOException {
    process(7, CATCHES_QUIT, "jsvc.exec", "-cp", "x", "io.fadvised.FadvisedDaemon");

    assertThat(isDaemon(7)).isTrue();
  }

  @Test
  void anotherCommandOfOursIsNone() throws IOException {
    process(7, CATCHES_QUIT, "/usr/bin/java", "io.fadvised.cli.Main", "status");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void aProcessThatSigquitWouldEndIsNone() throws IOException {
    process(7, IGNORANT_OF_QUIT, "tail", "-f", "io.fadvised.FadvisedDaemon");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void anEditorOfOurFilesIsNone() throws IOException {
    process(7, CATCHES_QUIT, "vi", "/srv/io.fadvised.log");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void aNumberThatIsGoneIsNone() {
    assertThat(isDaemon(8)).isFalse();
  }

  @Test
  void anotherUsersProcessIsNoneWhateverItLooksLike() throws IOException {
    process(7, CATCHES_QUIT, "/usr/bin/java", "io.fadvised.cli.Main", "run");
    HostFolder.write(proc.resolve("self/status"), "Uid:\t1000\t1000\t1000\t1000\n");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void aLineInTheNameOfAnotherUsersProcessIsNotBelieved() throws IOException {
    process(7, CATCHES_QUIT, "java", "io.fadvised.cli.Main", "run");
    HostFolder.write(
        proc.resolve("7/status"),
        "Name:\t\rUid: 0 0 0\nUid:\t1000\t1000\t1000\t1000\nSigCgt:\t0000000000000004\n");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void whoseItIsSaysTheUserThatItActsAs() throws IOException {
    process(7, CATCHES_QUIT, "java", "io.fadvised.cli.Main", "run");
    HostFolder.write(proc.resolve("7/status"), CATCHES_QUIT + "Uid:\t0\t1000\t0\t0\n");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void aMaskThatIsNoNumberIsNone() throws IOException {
    process(7, "Name:\tjava\nSigCgt:\tnone\n", "java", "io.fadvised.cli.Main", "run");

    assertThat(isDaemon(7)).isFalse();
  }

  private boolean isDaemon(long process) {
    return new DaemonProcess(proc).isDaemon(process);
  }

  private void process(long number, String status, String... commandLine) throws IOException {
    Path folder = proc.resolve(Long.toString(number));
    HostFolder.write(folder.resolve("status"), status + "Uid:\t0\t0\t0\t0\n");
    HostFolder.write(proc.resolve("self/status"), "Uid:\t0\t0\t0\t0\n");
    HostFolder.write(folder.resolve("cmdline"), String.join("\0", commandLine) + "\0");
  }
}
