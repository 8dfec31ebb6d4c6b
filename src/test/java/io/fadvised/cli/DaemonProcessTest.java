package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.TestHost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DaemonProcessTest {
  private static final String CATCHES_QUIT = "Name:\tjava\nSigCgt:\t2000000181005ccf\n";
  private static final String IGNORES_QUIT = "Name:\ttail\nSigCgt:\t0000000000000000\n";

  @RegisterExtension final TestHost host = new TestHost();

  @Test
  void foregroundDaemonIsRecognized() {
    process(7, CATCHES_QUIT, "/usr/bin/java", "-cp", "x", "io.fadvised.cli.Main", "-v", "run");

    assertThat(isDaemon(7)).isTrue();
  }

  @Test
  void daemonUnderJsvcIsRecognized() {
    process(7, CATCHES_QUIT, "jsvc.exec", "-cp", "x", "io.fadvised.FadvisedDaemon");

    assertThat(isDaemon(7)).isTrue();
  }

  @Test
  void otherCommandIsRejected() {
    process(7, CATCHES_QUIT, "/usr/bin/java", "io.fadvised.cli.Main", "status");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void processThatDoesNotCatchSigquitIsRejected() {
    process(7, IGNORES_QUIT, "tail", "-f", "io.fadvised.FadvisedDaemon");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void editorOfSourceFilesIsRejected() {
    process(7, CATCHES_QUIT, "vi", "/srv/io.fadvised.log");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void processThatHasEndedIsRejected() {
    assertThat(isDaemon(8)).isFalse();
  }

  @Test
  void lookalikeOfAnotherUserIsRejected() {
    process(7, CATCHES_QUIT, "/usr/bin/java", "io.fadvised.cli.Main", "run");
    host.writeProc("self/status", "Uid:\t1000\t1000\t1000\t1000\n");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void forgedUidLineInTheNameIsIgnored() {
    process(7, CATCHES_QUIT, "java", "io.fadvised.cli.Main", "run");
    host.writeProc(
        "7/status",
        "Name:\t\rUid: 0 0 0\nUid:\t1000\t1000\t1000\t1000\nSigCgt:\t0000000000000004\n");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void effectiveUserCounts() {
    process(7, CATCHES_QUIT, "java", "io.fadvised.cli.Main", "run");
    host.writeProc("7/status", CATCHES_QUIT + "Uid:\t0\t1000\t0\t0\n");

    assertThat(isDaemon(7)).isFalse();
  }

  @Test
  void malformedSignalMaskIsRejected() {
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
