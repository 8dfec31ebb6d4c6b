package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import io.fadvised.policy.Reason;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests pages that are read back, with memory to spare and an allowance of 64 MiB. */
class ReadBackTest {
  @RegisterExtension final TestHost host = new TestHost();
  private FakeFile file;

  @BeforeEach
  void evictOnce() {
    file = host.attachRead("loop0", 400 * MIB);
    host.start();
    host.tick();
    assertThat(file.residentBytes()).isZero();
  }

  /** Reads everything each second, like a reader without an upper cache. */
  private int readUntil(Reason.Code code) {
    long before = host.report("loop0").totals().sweeps();
    for (int second = 0; second < 30; second++) {
      readAll();
      host.tickAfterSeconds(1);
      if (host.report("loop0").reason().code() == code) {
        return (int) (host.report("loop0").totals().sweeps() - before);
      }
    }
    throw new AssertionError("never " + code + " but " + host.report("loop0").reason());
  }

  private void readAll() {
    host.read("loop0", 0, 400 * MIB);
    host.addIoStall(500_000);
  }

  @Test
  void deviceIsPausedAfterTwoEvictionsThatAreReadBack() {
    int sweeps = readUntil(Reason.Code.PAUSED);

    assertThat(sweeps).isLessThanOrEqualTo(3);
    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.PAUSED);
    assertThat(host.report("loop0").reason().words()).contains("read back again").contains("1 min");
    assertThat(file.residentBytes()).isEqualTo(400 * MIB);
  }

  @Test
  void pausedDeviceIsNotEvicted() {
    readUntil(Reason.Code.PAUSED);
    int advised = host.adviceCalls();

    for (int second = 0; second < 50; second++) {
      readAll();
      host.tickAfterSeconds(1);
    }

    assertThat(host.adviceCalls()).isEqualTo(advised);
  }

  @Test
  void pausedDeviceLeavesItsAllowanceToOthers() {
    host.attachRead("loop1", 0);
    host.engine().requestRescan();
    readUntil(Reason.Code.PAUSED);
    host.read("loop1", 0, MIB);
    host.tickAfterSeconds(1);

    assertThat(host.report("loop1").allowanceBytes()).isEqualTo(64 * MIB);
  }

  @Test
  void retryTakesASixteenthAndDoublesThePauseIfReadBack() {
    readUntil(Reason.Code.PAUSED);
    long min = file.residentBytes();
    for (int second = 0; second < 120; second++) {
      host.tickAfterSeconds(1);
      min = Math.min(min, file.residentBytes());
      readAll();
    }

    assertThat(min).isBetween(400 * MIB - 32 * MIB, 400 * MIB - 24 * MIB); // pieces of 8 MiB
    assertThat(host.report("loop0").reason().code()).isEqualTo(Reason.Code.PAUSED);
    assertThat(host.report("loop0").reason().words()).contains("paused for 2 min");
  }

  @Test
  void retryThatIsCutShortIsJudgedOnlyWhenItHadTimeToBeReadBack() {
    readUntil(Reason.Code.PAUSED);
    host.kernel().before("posix_fadvise", call -> host.clock().advance(Duration.ofMillis(400)));
    for (int second = 0; second < 90; second++) {
      readAll();
      host.tickAfterSeconds(1);
    }

    assertThat(host.report("loop0").reason().words()).contains("paused for 2 min");
  }

  @Test
  void retryWaitsWhileTheDeviceIsWithinItsAllowance() {
    readUntil(Reason.Code.PAUSED);
    host.engine().apply(TestHost.settings("budget.relaxed=512MiB"));
    for (int second = 0; second < 120; second++) { // its pause is over by then
      host.count("loop0", 4096, 0);
      host.tickAfterSeconds(1);
    }
    int sweeps = host.heard().sweepsOf("loop0").size();

    for (int second = 0; second < 120; second++) {
      host.count("loop0", 4096, 0);
      host.tickAfterSeconds(1);
    }

    assertThat(host.heard().sweepsOf("loop0").size() - sweeps).isLessThanOrEqualTo(3);
  }

  @Test
  void deviceIsEvictedAgainOnceNothingIsReadBack() {
    readUntil(Reason.Code.PAUSED);

    for (int second = 0; second < 120; second++) { // reads, but elsewhere
      host.read("loop0", 500 * MIB + second * MIB / 4, MIB / 4);
      host.tickAfterSeconds(1);
    }

    assertThat(file.residentBytes()).isLessThan(64 * MIB);
  }

  @Test
  void pagesWrittenAgainAreNoReasonToPause() {
    for (int second = 0; second < 30; second++) {
      host.write("loop0", 0, 100 * MIB);
      file.finishWriteback();
      host.tickAfterSeconds(1);
    }

    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.MANAGED);
  }

  @Test
  void readBackPagesAreCountedAndWrittenOnesAreNot() {
    host.read("loop0", 0, 60 * MIB);
    host.tickAfterSeconds(60);
    long returned = host.report("loop0").totals().returnedBytes();
    assertThat(returned).isBetween(40 * MIB, 80 * MIB); // an estimate, from a sample

    host.write("loop0", 60 * MIB, 60 * MIB);
    host.tickAfterSeconds(60);
    assertThat(host.report("loop0").totals().returnedBytes())
        .isBetween(returned, returned + 20 * MIB);
  }

  @Test
  void noMoreIsReadBackThanWasReleased() {
    host.engine().apply(TestHost.settings("budget.relaxed=1GiB"));

    host.read("loop0", 0, 900 * MIB);
    host.tickAfterSeconds(60);

    assertThat(host.report("loop0").totals().returnedBytes()).isEqualTo(400 * MIB);
  }
}
