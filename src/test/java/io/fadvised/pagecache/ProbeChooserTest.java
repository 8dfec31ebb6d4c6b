package io.fadvised.pagecache;

import static io.fadvised.pagecache.CacheFixture.GIB;
import static io.fadvised.pagecache.CacheFixture.MIB;
import static io.fadvised.pagecache.CacheFixture.PAGE;
import static io.fadvised.pagecache.CacheFixture.WINDOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fadvised.linux.Errno;
import io.fadvised.linux.FakeKernel;
import io.fadvised.linux.FakeKernel.Call;
import io.fadvised.linux.FileIdentity;
import io.fadvised.linux.FileStat;
import io.fadvised.linux.KernelException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProbeChooserTest {
  private CacheFixture cache;
  private ProbeChooser chooser;

  @BeforeEach
  void prepare() throws KernelException {
    cache = new CacheFixture(GIB);
    chooser = new ProbeChooser(cache.kernel);
  }

  private String chosen() throws KernelException, UnmeasurableException {
    return chooser.choose(cache.open, cache.stat(), cache.whole()).name();
  }

  @Test
  void cachestatIsBelievedOnceMincoreSawPagesInTheSameWindow() throws Exception {
    cache.file.read(3 * WINDOW, PAGE);

    assertThat(chosen()).isEqualTo("cachestat");
    assertThat(cache.kernel.calls("mincore"))
        .extracting(FakeKernel.Call::offset)
        .containsExactly(3 * WINDOW);
  }

  @Test
  void onceProvenMincoreIsAskedNoMore() throws Exception {
    cache.file.read(0, PAGE);
    chosen();
    cache.kernel.forgetCalls();

    assertThat(chosen()).isEqualTo("cachestat");
    assertThat(cache.kernel.calls("mincore")).isEmpty();
    assertThat(cache.kernel.calls("cachestat")).isEmpty();
  }

  @Test
  void onOverlayfsCachestatIsRefutedForGood() throws Exception {
    cache.file.onOverlay().read(5 * WINDOW, WINDOW / 4);

    assertThat(chosen()).isEqualTo("mincore");
    cache.kernel.forgetCalls();

    assertThat(chosen()).isEqualTo("mincore");
    assertThat(cache.kernel.calls("cachestat")).isEmpty();
  }

  @Test
  void aZeroThatMincoreConfirmsIsBelievedOnceAndProvesNothing() throws Exception {
    assertThat(chosen()).isEqualTo("cachestat");
    cache.kernel.forgetCalls();

    assertThat(chosen()).isEqualTo("cachestat");
    assertThat(cache.kernel.calls("mincore")).isNotEmpty();
  }

  @Test
  void aZeroOfALargeFileIsCheckedByASampleAndEachTimeElsewhere() throws Exception {
    cache = new CacheFixture(400 * GIB);
    chooser = new ProbeChooser(cache.kernel);
    cache.file.onOverlay().read(17 * WINDOW, WINDOW / 8);
    int sweeps = 0;

    for (String last = "cachestat"; sweeps < 100 && last.equals("cachestat"); sweeps++) {
      cache.kernel.forgetCalls();
      last = chosen();
      assertThat(cache.kernel.calls("mincore").stream().mapToLong(Call::length).sum())
          .isLessThanOrEqualTo(WINDOW);
    }

    assertThat(sweeps).isBetween(2, 99);
  }

  @Test
  void aZeroOfASmallFileIsCheckedAsAWhole() throws Exception {
    cache = new CacheFixture(2 * WINDOW);
    chooser = new ProbeChooser(cache.kernel);
    cache.file.onOverlay().read(WINDOW + 5 * PAGE, PAGE);

    assertThat(chosen()).isEqualTo("mincore");
  }

  @Test
  void aLookWithLittleTimeIsTakenByMincoreEvenAtTheLargestFile() throws Exception {
    cache = new CacheFixture(8192 * GIB);
    cache.kernel.fail("cachestat", Errno.ENOSYS);
    chooser = new ProbeChooser(cache.kernel);
    Look look = cache.look(Duration.ofMillis(1), new LookMemory(1));

    ResidencyProbe probe = chooser.choose(cache.open, cache.stat(), cache.whole(), look);

    assertThat(probe.name()).isEqualTo("mincore");
    assertThat(probe.measure(cache.open, cache.whole()).total().unmeasuredBytes())
        .isGreaterThan(8000 * GIB);
  }

  @Test
  void aTrialThatShowsNothingIsPartOfTheLooksTime() throws Exception {
    cache.costing(1000, 60);
    Look look = cache.look(Duration.ofMillis(20), new LookMemory(1));

    chooser.choose(cache.open, cache.stat(), cache.whole(), look);

    assertThat(look.spent()).isEqualTo(Duration.ofNanos(cache.nanos)).isPositive();
  }

  @Test
  void aTrialThatNeedNotBeRepeatedIsNot() throws Exception {
    cache.costing(1000, 60);
    cache.file.read(0, GIB);
    Look look = cache.look(Duration.ofMillis(20), new LookMemory(1));

    chooser.choose(cache.open, cache.stat(), cache.whole(), look);

    assertThat(cache.nanos).isPositive();
    assertThat(look.spent()).isZero();
  }

  @Test
  void pagesThatArriveBetweenTheTwoLooksRefuteNothing() throws Exception {
    cache.kernel.beforeNext("mincore", () -> cache.file.read(0, GIB / 2));

    assertThat(chosen()).isEqualTo("cachestat");
  }

  @Test
  void pagesThatLeaveBetweenTheTwoLooksRefuteNothing() throws Exception {
    cache.file.read(0, MIB);
    cache.kernel.beforeNext("mincore", () -> cache.file.resize(0).resize(GIB));
    assertThat(chosen()).isEqualTo("mincore");
    cache.file.read(0, MIB);

    assertThat(chosen()).isEqualTo("cachestat");
  }

  @ParameterizedTest
  @EnumSource(names = {"ENOSYS", "EPERM"})
  void aKernelWithoutCachestatIsAskedOnce(Errno errno) throws Exception {
    cache.kernel.fail("cachestat", errno);

    assertThat(chosen()).isEqualTo("mincore");
    assertThat(chosen()).isEqualTo("mincore");
    assertThat(cache.kernel.calls("cachestat")).hasSize(1);
  }

  @Test
  void aFilesystemThatDoesNotSupportItIsAskedOnceAndOthersStillAre() throws Exception {
    cache.kernel.fail("cachestat", Errno.EOPNOTSUPP);
    assertThat(chosen()).isEqualTo("mincore");
    assertThat(chosen()).isEqualTo("mincore");
    assertThat(cache.kernel.calls("cachestat")).hasSize(1);

    cache.kernel.mend("cachestat");
    cache.file.read(0, PAGE);
    FileStat elsewhere = new FileStat(new FileIdentity(9, 1), 0x81A4, 0, GIB);

    assertThat(chooser.choose(cache.open, elsewhere, cache.whole()).name()).isEqualTo("cachestat");
  }

  @Test
  void whoWouldBeLiedToGetsNoProbe() {
    cache.file.ownedBy(2000);
    cache.kernel.runAs(FakeKernel.USER);

    assertThatExceptionOfType(UnmeasurableException.class)
        .isThrownBy(this::chosen)
        .withMessage(
            "the kernel would report every page as resident: needs to be the file's owner"
                + " (user 2000) or CAP_FOWNER over a mapped owner");
    assertThat(cache.kernel.calls("mincore")).isEmpty();
  }

  @Test
  void ownerThatAnIdmappedMountLeavesUnmappedIsOutOfReachOfRoot() throws Exception {
    cache.file.ownerUnmapped();

    assertThatExceptionOfType(UnmeasurableException.class).isThrownBy(this::chosen);
    assertThat(cache.kernel.calls("cachestat")).isEmpty();
  }

  @Test
  void theOwnerAndWhoeverMayWriteAreToldTheTruth() throws Exception {
    cache.file.read(0, PAGE).ownedBy(1000);
    cache.kernel.runAs(FakeKernel.USER);
    assertThat(chosen()).isEqualTo("cachestat");

    cache.file.ownedBy(2000).writable(true);
    assertThat(chosen()).isEqualTo("cachestat");
  }
}
