package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.TestHost;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Commands beside a filesystem that does not respond. */
class HungTargetsTest {
  private static final String HUNG = "not responding for 3 s: its filesystem or disk is hung";
  private static final String SKIPPED = "skipped: its filesystem is not responding";

  @RegisterExtension final TestHost host = new TestHost();

  /** The first two are on one filesystem, and the first call into it hangs. */
  @BeforeEach
  void hang() {
    host.attach("loop1", "/btrfs/1.img", TestHost.MIB);
    host.attach("loop2", "/btrfs/2.img", TestHost.MIB);
    host.attach("loop3", "/srv/3.img", TestHost.MIB);
    host.hangIn("locate");
  }

  @Test
  void evictReportsTheHungTargetsAndEvictsTheOthers() {
    CommandResult result = in("evict", "loop1", "loop2", "/btrfs/2.img", "loop3");

    assertThat(result.exitCode()).isEqualTo(ExitCodes.FAILED);
    assertThat(result.err())
        .isEqualTo(
            "fadvised: loop1: %s\nfadvised: loop2: %s\nfadvised: /btrfs/2.img: %s\n"
                .formatted(HUNG, SKIPPED, SKIPPED));
    assertThat(result.out()).isEqualTo("loop3: nothing was resident\n");
  }

  @Test
  void residencyReportsTheHungTargetsAndMeasuresTheOthers() {
    CommandResult result = in("residency", "loop1", "loop2", "loop3");

    assertThat(result.exitCode()).isEqualTo(ExitCodes.FAILED);
    assertThat(result.err())
        .isEqualTo("fadvised: loop1: %s\nfadvised: loop2: %s\n".formatted(HUNG, SKIPPED));
    assertThat(result.out()).startsWith("loop3: 0 B of 1 MiB resident");
  }

  @Test
  void doctorReportsTheHungDevicesAndExaminesTheOthers() {
    CommandResult result = in("doctor", "--seconds", "1");

    assertThat(result.exitCode()).isEqualTo(ExitCodes.NOT_HEALTHY);
    assertThat(result.out().replaceAll("\\s+", " "))
        .contains("cause direct I/O is off; " + HUNG)
        .contains("cause direct I/O is off; " + SKIPPED)
        .contains("2 could not be examined");
    assertThat(result.out().lines().filter(line -> line.startsWith("  cached ")))
        .containsExactly(
            "  cached    0 B of the backing file",
            "  cached    cannot be measured",
            "  cached    cannot be measured");
  }

  private CommandResult in(String... words) {
    return CommandResult.in(Worlds.of(host, Worlds.NO_DAEMON), words);
  }
}
