package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.loop.RequestCounters;
import io.fadvised.policy.DirectIoTrial.Verdict;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DirectIoTrialTest {
  private static final RequestCounters START = new RequestCounters(7, 7000, 7, 7, 7000, 7, 7);
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  private static RequestCounters plus(RequestCounters start, RequestCounters more) {
    return new RequestCounters(
        start.reads() + more.reads(),
        start.readBytes() + more.readBytes(),
        start.readMillis() + more.readMillis(),
        start.writes() + more.writes(),
        start.writtenBytes() + more.writtenBytes(),
        start.writeMillis() + more.writeMillis(),
        start.busyMillis() + more.busyMillis());
  }

  private static Verdict verdict(RequestCounters before, RequestCounters after) {
    RequestCounters switched = plus(START, before);
    return DirectIoTrial.NONE
        .begun(START, 0)
        .switchedOn(switched, MINUTE)
        .verdict(plus(switched, after));
  }

  private static RequestCounters reads(long count, long bytes, long millis, long busyMillis) {
    return new RequestCounters(count, count * bytes, millis, 0, 0, 0, busyMillis);
  }

  private static RequestCounters writes(long count, long bytes, long millis, long busyMillis) {
    return new RequestCounters(0, 0, 0, count, count * bytes, millis, busyMillis);
  }

  /** All rows but the last as measured on 6.18, by the counters of the device. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "O_DIRECT writes of 4 KiB,               81706,  2214,   2149,  12861,  1925,   1964,  WORSE",
    "random reads and nothing cached,        17524,  2695,   2672,  7973,   985,    872,   NOT_WORSE",
    "writeback beside 95 % reads,            222745, 152358, 4736,  253441, 296273, 7224,  NOT_WORSE",
    "writeback beside 70 % reads,            437482, 630849, 11060, 496997, 767363, 11320, NOT_WORSE",
    "half as many requests as long as before, 100000, 2500,  5000,  50000,  1250,   5000,  NOT_WORSE",
  })
  void requestsAreWorseIfTheyAreSlowerAndFewer(
      String load,
      long count,
      long millis,
      long busyMillis,
      long countAfter,
      long millisAfter,
      long busyMillisAfter,
      Verdict verdict) {
    assertThat(
            verdict(
                writes(count, 4096, millis, busyMillis),
                writes(countAfter, 4096, millisAfter, busyMillisAfter)))
        .isEqualTo(verdict);
  }

  @Test
  void differentRequestsAreNotCompared() {
    RequestCounters before = reads(10_000, 4096, 1000, 1000);

    assertThat(verdict(before, reads(10_000, 8192, 9000, 9000))).isEqualTo(Verdict.OTHER_REQUESTS);
    assertThat(verdict(before, reads(10_000, 2048, 9000, 9000))).isEqualTo(Verdict.OTHER_REQUESTS);
    assertThat(verdict(before, writes(10_000, 4096, 9000, 9000))).isEqualTo(Verdict.OTHER_REQUESTS);
    assertThat(verdict(before, reads(10_000, 4096, 9000, 9000))).isEqualTo(Verdict.WORSE);
  }

  @Test
  void fewRequestsAreNotCompared() {
    assertThat(verdict(reads(10_000, 4096, 1000, 1000), reads(999, 4096, 9000, 9000)))
        .isEqualTo(Verdict.TOO_FEW_REQUESTS);
  }

  @Test
  void firstWindowNeedsAMinuteAndAThousandRequests() {
    DirectIoTrial trial = DirectIoTrial.NONE.begun(START, 0);

    assertThat(trial.isMeasured(plus(START, reads(1000, 1, 1, 1)), MINUTE)).isTrue();
    assertThat(trial.isMeasured(plus(START, reads(999, 1, 1, 1)), MINUTE)).isFalse();
    assertThat(trial.isMeasured(plus(START, reads(1000, 1, 1, 1)), MINUTE - 1)).isFalse();
    assertThat(DirectIoTrial.NONE.isMeasured(reads(1000, 1, 1, 1), MINUTE)).isFalse();
  }

  @Test
  void countersAreReadOnceAMinuteAndAtOnceIfMemoryIsShort() {
    DirectIoTrial before = DirectIoTrial.NONE.begun(START, 0);
    DirectIoTrial after = before.switchedOn(START, 0);

    assertThat(before.isDue(false, MINUTE - 1)).isFalse();
    assertThat(before.isDue(false, MINUTE)).isTrue();
    assertThat(before.isDue(true, 1)).isTrue();
    assertThat(after.isDue(true, MINUTE - 1)).isFalse();
    assertThat(after.isDue(false, MINUTE)).isTrue();
    assertThat(after.ended().isDue(true, MINUTE)).isFalse();
    assertThat(DirectIoTrial.NONE.isDue(true, MINUTE)).isFalse();
  }
}
