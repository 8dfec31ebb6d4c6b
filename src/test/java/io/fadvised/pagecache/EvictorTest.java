package io.fadvised.pagecache;

import static io.fadvised.pagecache.CacheFixture.GIB;
import static io.fadvised.pagecache.CacheFixture.MIB;
import static io.fadvised.pagecache.CacheFixture.PAGE;
import static io.fadvised.pagecache.CacheFixture.REGION;
import static io.fadvised.pagecache.CacheFixture.WINDOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.fadvised.linux.Errno;
import io.fadvised.linux.FakeKernel.Call;
import io.fadvised.linux.KernelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;

class EvictorTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration REST = Duration.ofMillis(7);

  private final List<String> order = new ArrayList<>();
  private final List<Duration> pauses = new ArrayList<>();
  private final List<Tuple> paced = new ArrayList<>();
  private long nanos;
  private long nanosOfACall;
  private Duration rest = REST;

  private Eviction evict(CacheFixture cache, ByteRange range)
      throws KernelException, InterruptedException {
    ResidencyProbe probe = new CachestatProbe(cache.kernel);
    ResidencyMap before = probe.measure(cache.open, range);
    cache.kernel.before(
        "posix_fadvise",
        call -> {
          order.add("advice");
          nanos += nanosOfACall;
        });
    return evictor(
            cache,
            pause -> {
              order.add("pause");
              pauses.add(pause);
            })
        .evict(cache.open, before, probe, range, SECOND);
  }

  /** Its calls take {@link #nanosOfACall}. */
  private Evictor evictor(CacheFixture cache, Evictor.Pause pause) {
    return new Evictor(
        cache.kernel,
        duration -> {
          nanos += duration.toNanos();
          pause.pause(duration);
        },
        () -> nanos,
        (bytes, took) -> {
          paced.add(tuple(bytes, took));
          return rest;
        });
  }

  @Test
  void onlyResidentRegionsAreAdvised() throws Exception {
    CacheFixture cache = new CacheFixture(GIB);
    cache.file.read(2 * WINDOW, PAGE).read(5 * WINDOW + MIB, MIB);

    Eviction eviction = evict(cache, cache.whole());

    assertThat(cache.kernel.calls("posix_fadvise"))
        .extracting(Call::offset, Call::length)
        .containsExactly(tuple(2 * WINDOW, REGION), tuple(5 * WINDOW, REGION));
    assertThat(eviction.adviceCalls()).isEqualTo(2);
    assertThat(eviction.releasedBytes()).isEqualTo(MIB + PAGE);
    assertThat(cache.file.residentBytes()).isZero();
  }

  @Test
  void nothingResidentIsNoCallAtAll() throws Exception {
    CacheFixture cache = new CacheFixture(GIB);

    assertThat(evict(cache, cache.whole()).adviceCalls()).isZero();
    assertThat(cache.kernel.calls("posix_fadvise")).isEmpty();
  }

  @Test
  void adviceIsAlignedToTheLargestFolioAndNeverOfLengthZero() throws Exception {
    CacheFixture cache = new CacheFixture(2 * WINDOW);
    cache.file.read(0, 2 * WINDOW);

    evict(cache, new ByteRange(3 * MIB, WINDOW + 2 * MIB));

    assertThat(cache.kernel.calls("posix_fadvise"))
        .hasSize(2)
        .allMatch(call -> call.offset() % (2 * MIB) == 0 && call.length() % (2 * MIB) == 0)
        .allMatch(call -> call.length() > 0);
  }

  @Test
  void insideTheRangeExactlyTheResidentRunsAreAdvisedWhereMoreWouldDrain() throws Exception {
    CacheFixture cache = new CacheFixture(WINDOW);
    cache.kernel.drainingAtHoles();
    cache.file.read(0, PAGE).read(5 * MIB + PAGE, 3 * PAGE).read(WINDOW - PAGE, PAGE);
    ResidencyProbe probe = new MincoreProbe(cache.kernel);
    ResidencyMap before = probe.measure(cache.open, cache.whole());

    Eviction eviction =
        evictor(cache, pause -> {}).evict(cache.open, before, probe, cache.whole(), SECOND);

    assertThat(cache.kernel.calls("posix_fadvise"))
        .extracting(Call::offset, Call::length)
        .containsExactly(
            tuple(0L, PAGE), tuple(5 * MIB + PAGE, 3 * PAGE), tuple(WINDOW - PAGE, PAGE));
    assertThat(eviction.after().residentBytes()).isZero();
  }

  @Test
  void thePartialLastPageLeavesToo() throws Exception {
    CacheFixture cache = new CacheFixture(MIB + 100);
    cache.file.read(0, MIB + 100);

    evict(cache, cache.whole().alignedOutwards(PAGE));

    assertThat(cache.file.residentBytes()).isZero();
  }

  @Test
  void thereIsAPauseBetweenTwoCallsAndNoneElsewhere() throws Exception {
    CacheFixture cache = new CacheFixture(3 * WINDOW);
    cache.file.read(0, 3 * WINDOW);

    evict(cache, cache.whole());

    assertThat(order).containsExactly("advice", "pause", "advice", "pause", "advice");
    assertThat(pauses).containsOnly(REST);
  }

  @Test
  void theNextFileIsNotAdvisedBeforeTheRestIsOver() throws Exception {
    CacheFixture cache = new CacheFixture(WINDOW);
    cache.file.read(0, WINDOW);
    ResidencyProbe probe = new CachestatProbe(cache.kernel);
    ResidencyMap before = probe.measure(cache.open, cache.whole());
    Evictor evictor = evictor(cache, pauses::add);

    evictor.evict(cache.open, before, probe, cache.whole(), SECOND);
    nanos += 2_000_000;
    evictor.evict(cache.open, before, probe, cache.whole(), SECOND);
    nanos += 8_000_000;
    evictor.evict(cache.open, before, probe, cache.whole(), SECOND);

    assertThat(pauses).containsExactly(Duration.ofMillis(5));
  }

  @Test
  void releasedIsWhatLeftAndNeverWhatWasAdvised() throws Exception {
    CacheFixture cache = new CacheFixture(WINDOW);
    cache.file.read(0, 10 * PAGE).map(10 * PAGE, 6 * PAGE);

    Eviction eviction = evict(cache, cache.whole());

    assertThat(eviction.releasedBytes()).isEqualTo(10 * PAGE);
    assertThat(eviction.after().residentBytes()).isEqualTo(6 * PAGE);
    assertThat(eviction.stayedText()).isEqualTo("mapped, in use or new");
  }

  @Test
  void dirtyPagesStayForThisTimeAndLeaveTheNext() throws Exception {
    CacheFixture cache = new CacheFixture(WINDOW);
    cache.file.read(0, MIB).write(0, MIB / 2);

    Eviction first = evict(cache, cache.whole());
    assertThat(first.releasedBytes()).isEqualTo(MIB / 2);
    assertThat(first.after().writebackBytes()).hasValue(MIB / 2);

    Eviction second = evict(cache, cache.whole());
    assertThat(second.releasedBytes()).isEqualTo(MIB / 2);
    assertThat(second.after().residentBytes()).isZero();
  }

  @Test
  void growthDuringTheEvictionReleasesNothingRatherThanLess() throws Exception {
    CacheFixture cache = new CacheFixture(2 * WINDOW);
    cache.file.read(0, PAGE);
    ResidencyProbe probe = new CachestatProbe(cache.kernel);
    ResidencyMap before = probe.measure(cache.open, cache.whole());
    cache.kernel.beforeNext("posix_fadvise", () -> cache.file.read(WINDOW, MIB));

    Eviction eviction =
        evictor(cache, pause -> {}).evict(cache.open, before, probe, cache.whole(), SECOND);

    assertThat(eviction.after().residentBytes()).isEqualTo(MIB);
    assertThat(eviction.releasedBytes()).isZero();
  }

  @Test
  void thePaceHearsOfEachCall() throws Exception {
    CacheFixture cache = new CacheFixture(WINDOW + MIB);
    cache.file.read(0, WINDOW + MIB);
    nanosOfACall = 3_000_000;

    evict(cache, cache.whole());

    assertThat(paced)
        .containsExactly(tuple(WINDOW, Duration.ofMillis(3)), tuple(2 * MIB, Duration.ofMillis(3)));
  }

  @Test
  void whatIsNotReachedInTimeIsLeftForTheNextSweep() throws Exception {
    CacheFixture cache = new CacheFixture(2 * WINDOW);
    cache.file.read(0, 2 * WINDOW);
    nanosOfACall = 1_500_000_000;

    Eviction eviction = evict(cache, cache.whole());

    assertThat(eviction.cutShort()).isTrue();
    assertThat(eviction.releasedBytes()).isEqualTo(WINDOW);
    assertThat(eviction.stayedText()).contains("not reached in time");
  }

  @Test
  void theRestAfterAnotherFileIsNotOfItsTime() throws Exception {
    CacheFixture cache = new CacheFixture(WINDOW);
    cache.file.read(0, WINDOW);
    ResidencyProbe probe = new CachestatProbe(cache.kernel);
    ResidencyMap before = probe.measure(cache.open, cache.whole());
    Evictor evictor = evictor(cache, pause -> {});
    evictor.evict(cache.open, before, probe, cache.whole(), SECOND);
    assertThat(evictor.owedRest()).isEqualTo(REST);

    Eviction next = evictor.evict(cache.open, before, probe, cache.whole(), REST.dividedBy(2));

    assertThat(next.adviceCalls()).isEqualTo(1);
  }

  @Test
  void aRestOfMoreThanASecondIsNotWaitedForButByWhoHasTheTime() throws Exception {
    CacheFixture cache = new CacheFixture(WINDOW);
    cache.file.read(0, WINDOW);
    ResidencyProbe probe = new CachestatProbe(cache.kernel);
    ResidencyMap before = probe.measure(cache.open, cache.whole());
    rest = Duration.ofSeconds(3);
    Evictor evictor = evictor(cache, pause -> {});
    evictor.evict(cache.open, before, probe, cache.whole(), SECOND);

    Eviction hasty = evictor.evict(cache.open, before, probe, cache.whole(), SECOND);
    assertThat(hasty.adviceCalls()).isZero();
    assertThat(hasty.cutShort()).isTrue();
    assertThat(evictor.owedRest()).isEqualTo(rest);

    Eviction patient = evictor.evict(cache.open, before, probe, cache.whole(), rest);
    assertThat(patient.adviceCalls()).isEqualTo(1);
  }

  @Test
  void theRestAfterAnotherFileAndAllCallsTakeASecondAtMost() throws Exception {
    CacheFixture cache = new CacheFixture(3 * WINDOW);
    cache.file.read(0, 3 * WINDOW);
    ResidencyProbe probe = new CachestatProbe(cache.kernel);
    ResidencyMap before = probe.measure(cache.open, cache.whole());
    rest = Duration.ofMillis(600);
    Evictor evictor = evictor(cache, pause -> {});
    assertThat(evictor.evict(cache.open, before, probe, cache.whole(), SECOND).adviceCalls())
        .isEqualTo(2);

    assertThat(evictor.evict(cache.open, before, probe, cache.whole(), SECOND).adviceCalls())
        .isEqualTo(1);
  }

  @Test
  void aRefusalEndsTheEviction() throws Exception {
    CacheFixture cache = new CacheFixture(2 * WINDOW);
    cache.file.read(0, 2 * WINDOW);
    ResidencyProbe probe = new CachestatProbe(cache.kernel);
    ResidencyMap before = probe.measure(cache.open, cache.whole());
    cache.kernel.fail("posix_fadvise", Errno.EINVAL);

    assertThatExceptionOfType(KernelException.class)
        .isThrownBy(
            () ->
                evictor(cache, pause -> {})
                    .evict(cache.open, before, probe, cache.whole(), SECOND));
    assertThat(cache.kernel.calls("posix_fadvise")).hasSize(1);
  }

  @Test
  void aStopInAPauseMakesNoFurtherCall() throws Exception {
    CacheFixture cache = new CacheFixture(3 * WINDOW);
    cache.file.read(0, 3 * WINDOW);
    ResidencyProbe probe = new CachestatProbe(cache.kernel);
    ResidencyMap before = probe.measure(cache.open, cache.whole());
    Evictor.Pause stop =
        pause -> {
          throw new InterruptedException();
        };

    assertThatExceptionOfType(InterruptedException.class)
        .isThrownBy(
            () -> evictor(cache, stop).evict(cache.open, before, probe, cache.whole(), SECOND));
    assertThat(cache.kernel.calls("posix_fadvise")).hasSize(1);
  }
}
