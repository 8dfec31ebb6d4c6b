package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PacerTest {
  private static final long WINDOW_PAGES = (128L << 20) / 4096;
  private static final long REGION_PAGES = (4L << 20) / 4096;
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000 * MILLI;

  /** Makes calls one after the other, as soon as the pacer allows. */
  private static final class Run {
    private Pacer pacer;
    private long nowNanos;
    private long endedAtNanos;

    Run(int processors) {
      pacer = Pacer.of(processors);
    }

    Duration call(long pages, long tookNanos) {
      nowNanos += tookNanos;
      Duration took = Duration.ofNanos(tookNanos);
      pacer = pacer.after(pages, took, Duration.ofNanos(nowNanos - endedAtNanos));
      endedAtNanos = nowNanos;
      Duration rest = pacer.restAfter(took);
      nowNanos += rest.toNanos();
      return rest;
    }

    void wait(Duration time) {
      nowNanos += time.toNanos();
    }
  }

  @Test
  void tenGibibytesOfQuickCallsTakeLessThanHalfASecond() {
    Run run = new Run(2);

    for (int i = 0; i < 80; i++) {
      run.call(WINDOW_PAGES, MILLI);
    }

    assertThat(run.nowNanos).isLessThan(SECOND / 2);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1.9, false",
    "0, 2.1, true",
    "1024, 4, false",
    "1024, 5, true",
    "32768, 80, false",
    "32768, 82, true",
  })
  void callIsSlowAboveTheLimitForItsPages(long pages, double millis, boolean slow) {
    assertThat(Pacer.isSlow(pages, Duration.ofNanos((long) (millis * MILLI)))).isEqualTo(slow);
  }

  @Test
  void slowCallRaisesTheSpacingAndEachFurtherOneDoublesIt() {
    Run run = new Run(2);
    assertThat(run.call(REGION_PAGES, MILLI)).hasMillis(1);

    assertThat(run.call(REGION_PAGES, 6 * MILLI)).hasMillis(15);
    assertThat(run.call(REGION_PAGES, MILLI).toNanos()).isBetween(14 * MILLI, 15 * MILLI);
    assertThat(run.call(REGION_PAGES, 6 * MILLI).toNanos()).isBetween(27 * MILLI, 30 * MILLI);
  }

  @Test
  void spacingHalvesEveryHalfSecond() {
    Run run = new Run(2);
    run.call(REGION_PAGES, 6 * MILLI);

    run.wait(Duration.ofMillis(500 - 15 - 1));
    assertThat(run.call(REGION_PAGES, MILLI).toNanos()).isEqualTo(15 * MILLI / 2);

    run.wait(Duration.ofSeconds(5));
    assertThat(run.call(REGION_PAGES, MILLI)).isEqualTo(Pacer.MIN_SPACING);
  }

  @Test
  void slowCallsAreLimitedToFourASecond() {
    Run run = new Run(64);
    for (int i = 0; i < 10; i++) {
      run.call(REGION_PAGES, 6 * MILLI);
    }

    assertThat(run.call(REGION_PAGES, 6 * MILLI)).isEqualTo(Pacer.MAX_SPACING);
  }

  @ParameterizedTest
  @CsvSource({"1, 15", "2, 15", "8, 30", "32, 60", "255, 169"})
  void restAfterASlowCallGrowsWithTheSquareRootOfTheProcessors(int processors, long millis) {
    assertThat(new Run(processors).call(REGION_PAGES, 6 * MILLI)).hasMillis(millis);
  }

  @ParameterizedTest
  @CsvSource({"1, 6000", "2, 3000", "8, 750"})
  void restAfterALongCallIsItsShareOfTheProcessors(int processors, long millis) {
    Run run = new Run(processors);
    run.call(WINDOW_PAGES, 3 * SECOND);

    assertThat(run.call(WINDOW_PAGES, 3 * SECOND)).hasMillis(millis);
  }

  @Test
  void paceSettlesAtAboutTwoSlowCallsASecondIfEveryTenthIsSlow() {
    Run run = new Run(2);
    int slow = 0;
    for (int i = 0; run.nowNanos < 60 * SECOND; i++) {
      run.call(REGION_PAGES, i % 10 == 0 ? 6 * MILLI : MILLI / 10);
      slow += i % 10 == 0 && run.nowNanos > 10 * SECOND ? 1 : 0;
    }

    assertThat(slow / 50.0).isBetween(1.5, 3.0);
  }

  /** Checks every second that begins with a call, with calls of any length. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 16, 255})
  void callsAndTheTimeInThemStayUnderTheirBoundsOverAnySecond(int processors) {
    Random random = new Random(processors);
    for (int i = 0; i < 50; i++) {
      LongSupplier latency = latencies(random);
      Run run = new Run(processors);
      Deque<long[]> second = new ArrayDeque<>(); // start and length of each call
      long inCalls = 0;
      while (run.nowNanos < 5 * SECOND) {
        long start = run.nowNanos;
        long took = latency.getAsLong();
        run.call(random.nextBoolean() ? WINDOW_PAGES : REGION_PAGES, took);
        second.add(new long[] {start, took});
        inCalls += took;
        while (start + took - second.getFirst()[0] > SECOND) {
          inCalls -= second.removeFirst()[1];
        }
        long longest = second.stream().mapToLong(call -> call[1]).max().orElse(0);
        long bound = SECOND * processors / (processors + 2);
        assertThat(second).hasSizeLessThanOrEqualTo(1001);
        assertThat(inCalls).isLessThanOrEqualTo(bound + longest);
      }
    }
  }

  /** Returns quick calls, slow ones, or a mixture. */
  private static LongSupplier latencies(Random random) {
    long quick = 1_000L + random.nextInt((int) MILLI);
    long slow = MILLI + random.nextInt((int) (200 * MILLI));
    double slowShare = random.nextInt(3) / 2.0 * random.nextDouble();
    return () -> random.nextDouble() < slowShare ? slow : quick;
  }

  @Test
  void spacingRecoversWithinFiveQuickSeconds() {
    Random random = new Random(7);
    for (int i = 0; i < 200; i++) {
      Run run = new Run(1 + random.nextInt(512));
      LongSupplier latency = latencies(random);
      for (int call = 0; call < 100; call++) {
        run.call(REGION_PAGES, latency.getAsLong());
      }
      long start = run.nowNanos;
      while (run.nowNanos - start < 5 * SECOND) {
        run.call(REGION_PAGES, MILLI / 10);
      }

      assertThat(run.pacer.spacing()).isEqualTo(Pacer.MIN_SPACING);
    }
  }

  @Test
  void invalidPacerIsRejectedWithItsFigures() {
    assertThatIllegalArgumentException().isThrownBy(() -> Pacer.of(0)).withMessage("0 processors");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Pacer(2, Duration.ofMinutes(1)))
        .withMessage("spacing of PT1M");
  }
}
