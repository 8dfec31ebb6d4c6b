package io.fadvised.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpectationTest {
  private static DiskLoad load(
      double rate, double writeShare, long bytesPerRead, long bytesPerWrite) {
    double bytes = rate * ((1 - writeShare) * bytesPerRead + writeShare * bytesPerWrite);
    return new DiskLoad(rate, bytes, 1, 1, 1, 1, 0.5, writeShare, bytesPerRead, bytesPerWrite);
  }

  /** The load of the disk is as many reads of 4 KiB. */
  @ParameterizedTest
  @CsvSource({
    "0.9, 4096,    4096,    1000, mostly small writes",
    "0.9, 4096,    1048576, 1000, mostly large requests",
    "0.1, 4096,    4096,    1000, mostly small reads",
    "0.1, 1048576, 4096,    300000, mostly large requests",
    "0.1, 4096,    4096,    10,   mostly reads that the lower cache answers",
    "0.1, 1048576, 4096,    10,   mostly reads that the lower cache answers",
  })
  void kindAndSizeOfMostRequestsDecide(
      double writeShare, long bytesPerRead, long bytesPerWrite, double diskReads, String words) {
    DiskLoad device = load(1000, writeShare, bytesPerRead, bytesPerWrite);

    assertThat(Expectation.of(device, Optional.of(load(diskReads, 0, 4096, 0))).orElseThrow())
        .startsWith(words);
  }

  @Test
  void unknownDiskDoesNotCountAsALowerCacheThatAnswers() {
    assertThat(Expectation.of(load(1000, 0, 4096, 0), Optional.empty()).orElseThrow())
        .startsWith("mostly small reads");
  }

  @Test
  void deviceThatDoesLittleHasNoExpectation() {
    assertThat(Expectation.of(load(9, 0.5, 4096, 4096), Optional.empty())).isEmpty();
  }
}
