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
  private static final Duration REST = Duration.ofMillis(4);

  private final List<String> order = new ArrayList<>();
  private final List<Duration> pauses = new ArrayList<>();
  private int callsAtRest;
  private final List<Tuple> paced = new ArrayList<>();
  private long nanos;
  private long nanosOfACall;
  private Duration rest = REST;
  private Duration maxRest = Evictor.DEFAULT_MAX_REST;

  private Eviction evict(CacheFixture cache, ByteRange range) throws Exception {
    cache.kernel.before(
        "posix_fadvise",
        call -> {
          order.add("advice");
          nanos += nanosOfACall;
        });
    Measurement measured = measure(cache, range);
    return evict(evictor(cache), cache, measured, range, SECOND);
  }

  private static Eviction evict(Evictor evictor, CacheFixture cache, Duration slice)
      throws Exception {
    return evict(evictor, cache, measure(cache, cache.whole()), cache.whole(), slice);
  }

  private static Eviction evict(
      Evictor evictor, CacheFixture cache, Measurement measured, ByteRange range, Duration slice)
      throws Exception {
    List<ByteRange> parts = Region.ranges(measured.regions());
    return evictor.evict(cache.open, measured, parts, range, slice, () -> true);
  }

  private static Measurement measure(CacheFixture cache, ByteRange range) throws Exception {
    return cache.measure(range, Measurement.UNLIMITED);
  }

  private Evictor evictor(CacheFixture cache) {
    return evictor(cache, pause -> {});
  }

  /** Makes an evictor whose calls take {@link #nanosOfACall} if the kernel is set up for that. */
  private Evictor evictor(CacheFixture cache, Evictor.Pause pause) {
    return new Evictor(
        cache.kernel,
        duration -> {
          rested(duration, cache.kernel.calls("posix_fadvise").size());
          pause.pause(duration);
        },
        () -> nanos,
        (bytes, took) -> {
          paced.add(tuple(bytes, took));
          return rest;
        },
        maxRest);
  }

  /** Adds up the pieces of one rest. */
  private void rested(Duration piece, int calls) {
    boolean goesOn = calls == callsAtRest;
    callsAtRest = calls;
    nanos += piece.toNanos();
    if (goesOn) {
      pauses.set(pauses.size() - 1, pauses.get(pauses.size() - 1).plus(piece));
    } else {
      order.add("pause");
      pauses.add(piece);
    }
  }

  private static CacheFixture resident(long bytes) throws KernelException {
    CacheFixture cache = new CacheFixture(bytes);
    cache.file.read(0, bytes);
    return cache;
  }

  // -- advised ranges -----------------------------------------------------------------------------

  @Test
  void onlyWindowsWithResidentPagesAreAdvised() throws Exception {
    CacheFixture cache = new CacheFixture(GIB);
    cache.file.read(2 * WINDOW, PAGE).read(5 * WINDOW + MIB, MIB);

    Eviction eviction = evict(cache, cache.whole());

    assertThat(cache.kernel.calls("posix_fadvise"))
        .extracting(Call::offset, Call::length)
        .containsExactly(tuple(2 * WINDOW, REGION), tuple(5 * WINDOW, REGION));
    assertThat(eviction.adviceCalls()).isEqualTo(2);
    assertThat(eviction.releasedBytes()).isEqualTo(MIB + PAGE);
    assertThat(eviction.cutShort()).isFalse();
    assertThat(cache.file.residentBytes()).isZero();
  }

  @Test
  void emptyFileIsNotAdvised() throws Exception {
    CacheFixture cache = new CacheFixture(GIB);

    assertThat(evict(cache, cache.whole()).adviceCalls()).isZero();
    assertThat(cache.kernel.calls("posix_fadvise")).isEmpty();
  }

  @Test
  void adviceIsAlignedToTheLargestFolio() throws Exception {
    CacheFixture cache = resident(2 * WINDOW);

    evict(cache, new ByteRange(3 * MIB, WINDOW + 2 * MIB));

    assertThat(cache.kernel.calls("posix_fadvise"))
        .hasSize(2)
        .allMatch(call -> call.offset() % (2 * MIB) == 0 && call.length() % (2 * MIB) == 0)
        .allMatch(call -> call.length() > 0);
  }

  /** With mincore only, as before 5.10: on 3.10 one call for each run of pages was too slow. */
  @Test
  void scatteredPagesOfAWindowLeaveInOneCallWithoutCachestat() throws Exception {
    CacheFixture cache = new CacheFixture(2 * WINDOW).beforeCachestat();
    for (long at = 0; at < 2 * WINDOW; at += 10 * PAGE) {
      cache.file.read(at, PAGE);
    }

    Eviction eviction = evict(cache, cache.whole());

    assertThat(cache.kernel.calls("posix_fadvise"))
        .extracting(Call::offset, Call::length)
        .containsExactly(tuple(0L, WINDOW), tuple(WINDOW, WINDOW));
    assertThat(eviction.after().residentBytes()).isZero();
  }

  @Test
  void partialLastPageIsEvicted() throws Exception {
    CacheFixture cache = new CacheFixture(MIB + 100);
    cache.file.read(0, MIB + 100);

    evict(cache, cache.whole().alignedOutwards(PAGE));

    assertThat(cache.file.residentBytes()).isZero();
  }

  // -- rests --------------------------------------------------------------------------------------

  @Test
  void evictorRestsBetweenTwoCallsOnly() throws Exception {
    CacheFixture cache = resident(3 * WINDOW);

    evict(cache, cache.whole());

    assertThat(order).containsExactly("advice", "pause", "advice", "pause", "advice");
    assertThat(pauses).containsOnly(REST);
  }

  @Test
  void nextFileIsNotAdvisedBeforeTheRestIsOver() throws Exception {
    CacheFixture cache = resident(WINDOW);
    Evictor evictor = evictor(cache);

    evict(evictor, cache, SECOND);
    nanos += 2_000_000;
    cache.file.read(0, WINDOW);
    evict(evictor, cache, SECOND);
    nanos += 8_000_000;
    cache.file.read(0, WINDOW);
    evict(evictor, cache, SECOND);

    assertThat(pauses).containsExactly(REST.minusMillis(2));
  }

  @Test
  void longRestBetweenTwoCallsEndsTheEviction() throws Exception {
    CacheFixture cache = resident(3 * WINDOW);
    rest = Duration.ofMillis(60);
    Evictor evictor = evictor(cache);

    Eviction eviction = evict(evictor, cache, SECOND);

    assertThat(eviction.adviceCalls()).isEqualTo(1);
    assertThat(eviction.cutShort()).isTrue();
    assertThat(eviction.releasedBytes()).isEqualTo(WINDOW);
    assertThat(pauses).isEmpty();
    assertThat(evictor.remainingRest()).isEqualTo(rest);
  }

  @Test
  void longRestAfterAnotherFileEndsTheEviction() throws Exception {
    CacheFixture cache = resident(WINDOW);
    rest = Duration.ofMillis(250);
    Evictor evictor = evictor(cache);
    evict(evictor, cache, SECOND);
    cache.file.read(0, WINDOW);

    Eviction early = evict(evictor, cache, SECOND);
    nanos += rest.toNanos();
    Eviction later = evict(evictor, cache, SECOND);

    assertThat(early.adviceCalls()).isZero();
    assertThat(early.cutShort()).isTrue();
    assertThat(later.adviceCalls()).isEqualTo(1);
    assertThat(pauses).isEmpty();
  }

  @Test
  void operatorsEvictionWaitsForAnyRest() throws Exception {
    CacheFixture cache = resident(3 * WINDOW);
    rest = Duration.ofSeconds(3);
    maxRest = Measurement.UNLIMITED;

    Eviction eviction = evict(evictor(cache), cache, Measurement.UNLIMITED);

    assertThat(eviction.adviceCalls()).isEqualTo(3);
    assertThat(pauses).containsExactly(rest, rest);
  }

  @Test
  void paceIsInformedOfEachCall() throws Exception {
    CacheFixture cache = resident(WINDOW + MIB);
    nanosOfACall = 3_000_000;

    evict(cache, cache.whole());

    assertThat(paced)
        .containsExactly(tuple(WINDOW, Duration.ofMillis(3)), tuple(2 * MIB, Duration.ofMillis(3)));
  }

  // -- end of an eviction -------------------------------------------------------------------------

  @Test
  void endedSliceAllowsOneCall() throws Exception {
    CacheFixture cache = resident(2 * WINDOW);
    nanosOfACall = 1_500_000_000;

    Eviction eviction = evict(cache, cache.whole());

    assertThat(eviction.adviceCalls()).isEqualTo(1);
    assertThat(eviction.cutShort()).isTrue();
    assertThat(eviction.releasedBytes()).isEqualTo(WINDOW);
    assertThat(eviction.stayedText()).contains("not reached in time");
  }

  @Test
  void sliceIncludesTheRestBeforeTheNextCall() throws Exception {
    CacheFixture cache = resident(20 * WINDOW);

    assertThat(evict(evictor(cache), cache, REST.multipliedBy(3)).adviceCalls()).isEqualTo(4);
  }

  @Test
  void abandonedEvictionMakesNoFurtherCall() throws Exception {
    CacheFixture cache = resident(3 * WINDOW);
    Measurement measured = measure(cache, cache.whole());
    List<ByteRange> parts = Region.ranges(measured.regions());
    Evictor evictor = evictor(cache);

    Eviction eviction =
        evictor.evict(cache.open, measured, parts, cache.whole(), SECOND, () -> pauses.size() < 2);

    assertThat(eviction.adviceCalls()).isEqualTo(2);
    assertThat(eviction.cutShort()).isTrue();
    assertThat(cache.kernel.calls("posix_fadvise")).hasSize(2);
    assertThat(
            evictor
                .evict(cache.open, measured, parts, cache.whole(), SECOND, () -> false)
                .adviceCalls())
        .isZero();
  }

  @Test
  void failedCallEndsTheEviction() throws Exception {
    CacheFixture cache = resident(2 * WINDOW);
    cache.kernel.fail("posix_fadvise", Errno.EINVAL);

    assertThatExceptionOfType(KernelException.class)
        .isThrownBy(() -> evict(evictor(cache), cache, SECOND));
    assertThat(cache.kernel.calls("posix_fadvise")).hasSize(1);
  }

  @Test
  void interruptionOfARestMakesNoFurtherCall() throws Exception {
    CacheFixture cache = resident(3 * WINDOW);
    Evictor.Pause stop =
        pause -> {
          throw new InterruptedException();
        };

    assertThatExceptionOfType(InterruptedException.class)
        .isThrownBy(() -> evict(evictor(cache, stop), cache, SECOND));
    assertThat(cache.kernel.calls("posix_fadvise")).hasSize(1);
  }

  // -- result -------------------------------------------------------------------------------------

  @Test
  void releasedBytesAreMeasuredNotTheAdvisedOnes() throws Exception {
    CacheFixture cache = new CacheFixture(WINDOW);
    cache.file.read(0, 10 * PAGE).map(10 * PAGE, 6 * PAGE);

    Eviction eviction = evict(cache, cache.whole());

    assertThat(eviction.releasedBytes()).isEqualTo(10 * PAGE);
    assertThat(eviction.after().residentBytes()).isEqualTo(6 * PAGE);
    assertThat(eviction.stayedText()).isEqualTo("mapped, in use or new");
  }

  @Test
  void dirtyPagesAreEvictedTheNextTime() throws Exception {
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
  void growthDuringTheEvictionCountsAsNothingReleased() throws Exception {
    CacheFixture cache = new CacheFixture(2 * WINDOW);
    cache.file.read(0, PAGE);
    Measurement measured = measure(cache, cache.whole());
    cache.kernel.beforeNext("posix_fadvise", () -> cache.file.read(WINDOW, MIB));

    Eviction eviction = evict(evictor(cache), cache, measured, cache.whole(), SECOND);

    assertThat(eviction.after().residentBytes()).isEqualTo(MIB);
    assertThat(eviction.releasedBytes()).isZero();
  }
}
