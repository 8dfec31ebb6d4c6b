package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.TestHost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DaemonProcessTest {
  private static final String CATCHES_QUIT = "Name:\tjava\nSigCgt:\t2000000181005ccf\n";
  private static final String IGNORANT_OF_QUIT = "Name:\ttail\nSigCgt:\t0000000000000000\n";

  @RegisterExtension final TestHost host = new TestHost();

  @Test
  void theForegroundDaemonIsOne() {
    process(7, CATCHES_QUIT, "/usr/bin/java", "-cp", "x", "io.fadvised.cli.Main", "-v", "run");

    assertThat(isDaemon(7)).isTrue();
  }

  @Test
  void theOneUnderJsvcIsOne() {
    process(7, CATCHES_QUIT, "jsvc.exec", "-cp", "x", "io.fadvised.FadvisedDaemon");

    assertThat(isDaemon(7)).isTrue();
  }

  @Test
  void anotherCommandOfOursIsNone() {
    process(7, CATCHES_QUIT, "/usr/bin/java", "io.fadvised.cli.Main", "status");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void aProcessThatSigquitWouldEndIsNone() {
    process(7, IGNORANT_OF_QUIT, "tail", "-f", "io.fadvised.FadvisedDaemon");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void anEditorOfOurFilesIsNone() {
    process(7, CATCHES_QUIT, "vi", "/srv/io.fadvised.log");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void aNumberThatIsGoneIsNone() {
    assertThat(isDaemon(8)).isFalse();
  }

  @Test
  void anotherUsersProcessIsNoneWhateverItLooksLike() {
    process(7, CATCHES_QUIT, "/usr/bin/java", "io.fadvised.cli.Main", "run");
    host.writeProc("self/status", "Uid:\t1000\t1000\t1000\t1000\n");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void aLineInTheNameOfAnotherUsersProcessIsNotBelieved() {
    process(7, CATCHES_QUIT, "java", "io.fadvised.cli.Main", "run");
    host.writeProc(
        "7/status",
        "Name:\t\rUid: 0 0 0\nUid:\t1000\t1000\t1000\t1000\nSigCgt:\t0000000000000004\n");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void whoseItIsSaysTheUserThatItActsAs() {
    process(7, CATCHES_QUIT, "java", "io.fadvised.cli.Main", "run");
    host.writeProc("7/status", CATCHES_QUIT + "Uid:\t0\t1000\t0\t0\n");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void aMaskThatIsNoNumberIsNone() {
    process(7, "Name:\tjava\nSigCgt:\tnone\n", "java", "io.fadvised.cli.Main", "run");

    assertThat(isDaemon(7)).isFalse();
  }

  private boolean isDaemon(long process) {
    return new DaemonProcess(host.proc()).isDaemon(process);
  }

  private void process(long number, String status, String... commandLine) {
    host.writeProc(number + "/status", status + "Uid:\t0\t0\t0\t0\n");
    host.writeProc("self/status", "Uid:\t0\t0\t0\t0\n");
    host.writeProc(number + "/cmdline", String.join("\0", commandLine) + "\0");
  }
}
