package io.fadvised.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpectationTest {
  private static final Duration WATCHED = Duration.ofSeconds(3);

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

    assertThat(
            Expectation.of(device, Optional.of(load(diskReads, 0, 4096, 0)), WATCHED).orElseThrow())
        .startsWith(words);
  }

  @Test
  void unknownDiskDoesNotCountAsALowerCacheThatAnswers() {
    assertThat(Expectation.of(load(1000, 0, 4096, 0), Optional.empty(), WATCHED).orElseThrow())
        .startsWith("mostly small reads");
  }

  @Test
  void fewRequestsPredictNothing() {
    assertThat(Expectation.of(load(2, 0, 4096, 4096), Optional.empty(), WATCHED))
        .contains(
            "too little I/O to tell whether direct I/O is faster: 6 requests in 3 s, fewer than 100");
    assertThat(Expectation.of(load(1, 0, 4096, 4096), Optional.empty(), Duration.ofSeconds(1)))
        .get()
        .asString()
        .endsWith(": 1 request in 1 s, fewer than 100");
    assertThat(Expectation.of(load(33, 0, 4096, 4096), Optional.empty(), WATCHED).orElseThrow())
        .startsWith("too little I/O");
    assertThat(Expectation.of(load(34, 0, 4096, 4096), Optional.empty(), WATCHED).orElseThrow())
        .startsWith("mostly small reads");
    assertThat(Expectation.of(load(0, 0, 0, 0), Optional.empty(), WATCHED)).isEmpty();
  }

  @Test
  void hundredRequestsSufficeInAnyTime() {
    Duration watched = Duration.ofNanos(10_000_900_000L);

    assertThat(
            Expectation.of(
                    load(100 / (watched.toNanos() / 1e9), 0, 4096, 4096), Optional.empty(), watched)
                .orElseThrow())
        .startsWith("mostly small reads");
  }
}
