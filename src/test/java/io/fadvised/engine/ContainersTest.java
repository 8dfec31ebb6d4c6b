package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import io.fadvised.policy.Pressure.Source;
import io.fadvised.policy.SweepPolicy;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Containers at their own limits, on a host with memory to spare. */
class ContainersTest {
  private static final String POD = "kubepods/pod1";
  private static final long LIMIT_BYTES = 256 * MIB;

  @RegisterExtension final TestHost host = new TestHost();

  /** A second in which the container misses its page cache and reads from a device. */
  private void thrash(String cgroup, String loop, long bytes) {
    long number = Long.parseLong(loop.substring("loop".length()));
    host.cgroups().strike(cgroup);
    host.cgroups().refault(cgroup, 20_000);
    host.cgroups().stall(cgroup, 100_000);
    host.cgroups().io(cgroup, "7:" + number, bytes, 0);
    host.addRefaultsOfContainer(20_000);
    host.addStallOfContainer(100_000);
    host.read(loop, 0, bytes);
  }

  private void thrashForThreeSeconds(String cgroup, String loop) {
    for (int second = 0; second < 3; second++) {
      thrash(cgroup, loop, 100 * MIB);
      host.tickAfterSeconds(1);
    }
  }

  private FakeFile startWithAPod() {
    makePod();
    FakeFile file = host.attachRead("loop0", 0);
    host.start("budget.relaxed=640MiB");
    host.tick();
    return file;
  }

  private void makePod() {
    host.cgroups().make("kubepods").make(POD, LIMIT_BYTES);
  }

  @Test
  void containerAtItsLimitGetsTheLowerCacheOfItsDevice() {
    FakeFile file = startWithAPod();

    thrashForThreeSeconds(POD, "loop0");

    assertThat(file.residentBytes()).isZero();
    assertThat(host.report("loop0").allowanceBytes()).isEqualTo(LIMIT_BYTES / 100);
    assertThat(host.report("loop0").reason().words())
        .isEqualTo(
            "100 MiB resident, 2.6 MiB allowed: 1 % of the 256 MiB limit of /kubepods/pod1;"
                + " released 100 MiB");
    assertThat(host.snapshot().pressure().level()).isZero();
  }

  @Test
  void containerIsJudgedAQuarterOfASecondAfterItsLimitWasNoticed() {
    FakeFile file = startWithAPod();
    thrash(POD, "loop0", 100 * MIB);

    Duration untilJudged = host.tickAfterSeconds(1);
    thrash(POD, "loop0", 25 * MIB);
    host.tickAfter(untilJudged);

    assertThat(untilJudged).isEqualTo(Duration.ofMillis(250));
    assertThat(file.residentBytes()).isZero();
    assertThat(host.snapshot().pressure().level()).isZero();
  }

  @Test
  void containerIsNotJudgedByAFewMilliseconds() {
    startWithAPod();
    host.cgroups().strike(POD);
    host.addScannedForLimits(1_000);
    host.tickAfterSeconds(1);

    host.cgroups().refault(POD, 32); // 6,400 a second
    host.tickAfter(Duration.ofMillis(5));
    assertThat(host.snapshot().containers()).isEmpty();

    host.cgroups().strike(POD);
    host.tickAfter(Duration.ofMillis(995));
    assertThat(host.snapshot().containers())
        .allSatisfy(container -> assertThat(container.pressure().level()).isLessThan(0.2));
  }

  @Test
  void containerThatThrashesALittleLaterIsJudgedAfterASecond() {
    FakeFile file = startWithAPod();
    host.cgroups().strike(POD);
    host.addScannedForLimits(1_000);
    host.tickAfterSeconds(1);

    host.tickAfter(Duration.ofMillis(250));
    assertThat(host.snapshot().containers()).isEmpty();
    thrash(POD, "loop0", 100 * MIB);
    host.tickAfter(Duration.ofMillis(750));

    assertThat(file.residentBytes()).isZero();
    assertThat(host.snapshot().pressure().level()).isZero();
  }

  @Test
  void deviceOfASmallContainerIsSweptMoreOften() {
    startWithAPod();

    Duration untilNext = Duration.ofSeconds(1);
    for (int tick = 0; tick < 10; tick++) {
      thrash(POD, "loop0", 20 * MIB);
      untilNext = host.tickAfter(untilNext);
    }

    assertThat(untilNext).isEqualTo(Duration.ofSeconds(1).dividedBy(8)); // 256 MiB of 2 GiB
    assertThat(host.report("loop0").totals().evictions()).isGreaterThanOrEqualTo(8);
  }

  @Test
  void reportSaysWhatAContainerGotBack() {
    startWithAPod();
    assertThat(host.snapshot().containers()).isEmpty();

    thrashForThreeSeconds(POD, "loop0");

    assertThat(host.report("loop0").payers()).containsExactly("/" + POD);
    assertThat(host.snapshot().containers())
        .singleElement()
        .satisfies(
            container -> {
              assertThat(container.cgroup()).isEqualTo("/" + POD);
              assertThat(container.limitBytes()).isEqualTo(LIMIT_BYTES);
              assertThat(container.pressure().level()).isEqualTo(1.0);
              assertThat(container.devices()).containsExactly("loop0");
              assertThat(container.residentBytes()).isZero();
              assertThat(container.releasedBytes())
                  .isEqualTo(host.snapshot().totals().releasedBytes())
                  .isPositive();
            });
  }

  @Test
  void neighbourKeepsItsLowerCache() {
    makePod();
    FakeFile neighbour = host.attachRead("loop1", 0);
    host.attachRead("loop0", 0);
    host.start("budget.relaxed=640MiB");
    host.tick();

    for (int second = 0; second < 10; second++) {
      thrash(POD, "loop0", 100 * MIB);
      host.read("loop1", 0, 200 * MIB);
      host.tickAfterSeconds(1);
    }

    assertThat(neighbour.residentBytes()).isEqualTo(200 * MIB);
    assertThat(host.report("loop1").totals().evictions()).isZero();
    assertThat(host.report("loop0").totals().evictions()).isPositive();
  }

  @Test
  void containerThatReadsLittleOfADeviceDoesNotPayForIt() {
    FakeFile file = startWithAPod();

    for (int second = 0; second < 10; second++) {
      thrash(POD, "loop0", 20 * MIB);
      host.read("loop0", 0, 200 * MIB); // by a program without a limit
      host.tickAfterSeconds(1);
    }

    assertThat(file.residentBytes()).isEqualTo(200 * MIB);
  }

  @Test
  void containerPaysForADeviceThatItReadBeforeItRanShort() {
    makePod();
    host.attachRead("loop0", 0);
    FakeFile own = host.attachRead("loop1", 60 * MIB);
    FakeFile shared = host.attachRead("loop2", 60 * MIB);
    host.cgroups().io(POD, "7:1", 60 * MIB, 0);
    host.cgroups().io(POD, "7:2", 10 * MIB, 0);
    host.start("budget.relaxed=640MiB");
    host.tick();

    thrashForThreeSeconds(POD, "loop0");

    assertThat(own.residentBytes()).isZero();
    assertThat(shared.residentBytes()).isEqualTo(60 * MIB);
  }

  @Test
  void presentIoOfOthersCountsMoreThanEarlierIoOfAContainer() {
    makePod();
    host.attachRead("loop0", 0);
    FakeFile other = host.attachRead("loop1", 60 * MIB);
    host.cgroups().io(POD, "7:1", 60 * MIB, 0);
    host.start("budget.relaxed=640MiB");
    host.tick();

    for (int second = 0; second < 3; second++) {
      thrash(POD, "loop0", 100 * MIB);
      if (second < 2) {
        host.read("loop1", 0, 10 * MIB); // by a program without a limit
      }
      host.tickAfterSeconds(1);
    }

    assertThat(other.residentBytes()).isEqualTo(60 * MIB);
  }

  @Test
  void devicesOfOneContainerShareItsAllowance() {
    makePod();
    host.attachRead("loop0", 0);
    host.attachRead("loop1", 0);
    host.start("budget.relaxed=640MiB", "budget.container.pressed=32MiB");
    host.tick();

    for (int second = 0; second < 3; second++) {
      thrash(POD, "loop0", 100 * MIB);
      thrash(POD, "loop1", 100 * MIB);
      host.tickAfterSeconds(1);
    }

    assertThat(host.report("loop0").allowanceBytes()).isEqualTo(16 * MIB);
    assertThat(host.report("loop1").allowanceBytes()).isEqualTo(16 * MIB);
  }

  @Test
  void smallContainerKeepsWhatIsNotWorthACall() {
    host.cgroups().make("kubepods").make(POD, 16 * MIB);
    host.attachRead("loop0", 0);
    host.start();
    host.tick();

    for (int second = 0; second < 3; second++) {
      thrash(POD, "loop0", 10 * MIB);
      host.tickAfterSeconds(1);
    }

    assertThat(host.report("loop0").allowanceBytes()).isEqualTo(SweepPolicy.WORTH_BYTES);
  }

  @Test
  void allowanceGrowsToTheRelaxedShareAndEndsOnceTheLimitIsNotReached() {
    startWithAPod();
    thrashForThreeSeconds(POD, "loop0");

    for (int second = 0; second < 150; second++) {
      host.cgroups().strike(POD); // full, but it misses nothing
      host.addScannedForLimits(1);
      host.tickAfterSeconds(1);
    }
    assertThat(host.report("loop0").allowanceBytes())
        .isBetween(LIMIT_BYTES * 18 / 100, LIMIT_BYTES / 5);

    host.runSeconds(70);
    assertThat(host.report("loop0").allowanceBytes()).isEqualTo(640 * MIB);
  }

  @Test
  void nothingIsReadWhileNoLimitIsReached() {
    makePod();
    host.attachRead("loop0", 0);
    host.start();
    host.cgroups().strike(POD); // an hour ago

    host.runSeconds(120);

    assertThat(host.heard().problems).isEmpty();
    assertThat(host.tick().toSeconds()).isEqualTo(5);
  }

  @Test
  void containerStartedAfterTheLastWalkIsFound() {
    startWithAPod();
    thrash(POD, "loop0", 100 * MIB);
    host.tickAfterSeconds(1);
    host.cgroups().make("late", LIMIT_BYTES);
    FakeFile late = host.attachRead("loop1", 0);
    host.engine().requestRescan();

    thrashForThreeSeconds("late", "loop1");

    assertThat(late.residentBytes()).isZero();
  }

  @Test
  void refaultsWithoutReclaimAreNoSignOfAReachedLimit() {
    startWithAPod();
    thrash(POD, "loop0", 100 * MIB);
    host.tickAfterSeconds(1);
    host.cgroups().make("late", LIMIT_BYTES);

    for (int second = 0; second < 3; second++) {
      host.cgroups().strike("late");
      host.cgroups().refault("late", 20_000);
      host.cgroups().io("late", "7:0", 100 * MIB, 0);
      host.addRefaultsOfReclaimedPages(20_000);
      host.tickAfterSeconds(1);
    }

    assertThat(host.snapshot().containers())
        .extracting(ContainerReport::cgroup)
        .doesNotContain("/late");
  }

  @Test
  void containerThatReplacesAnotherIsFound() {
    FakeFile file = startWithAPod();
    thrashForThreeSeconds(POD, "loop0");
    host.runSeconds(5);

    host.cgroups().remove(POD);
    host.cgroups().make("kubepods/pod2", LIMIT_BYTES); // as many as before
    thrashForThreeSeconds("kubepods/pod2", "loop0");

    assertThat(file.residentBytes()).isZero();
    assertThat(host.report("loop0").reason().words()).contains("/kubepods/pod2");
  }

  @Test
  void containerThatReplacesACgroupWithoutALimitIsFound() {
    makePod();
    host.cgroups().make("system");
    FakeFile file = host.attachRead("loop0", 0);
    host.start("budget.relaxed=640MiB");
    host.tick();
    host.cgroups().strike(POD);
    host.addScannedForLimits(1);
    host.tickAfterSeconds(1);
    host.runSeconds(5);

    host.cgroups().remove("system");
    host.cgroups().make("late", LIMIT_BYTES);
    thrashForThreeSeconds("late", "loop0");

    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void containerThatIsRemovedIsForgotten() {
    startWithAPod();
    thrashForThreeSeconds(POD, "loop0");
    host.cgroups().remove(POD);
    host.addScannedForLimits(1); // the tree is walked again

    host.tickAfterSeconds(1);

    assertThat(host.report("loop0").allowanceBytes()).isEqualTo(640 * MIB);
    assertThat(host.heard().problems).isEmpty();
  }

  @Test
  void refaultsOfAContainerAreSubtractedWhileTheHostReclaimsForAStream() {
    makePod();
    host.attachRead("loop0", 0);
    host.start();
    host.tick();

    for (int second = 0; second < 5; second++) {
      thrash(POD, "loop0", 0);
      host.addScanned(20_000); // kswapd makes room for a file that is read once
      host.tickAfterSeconds(1);
    }

    assertThat(host.snapshot().pressure().sources())
        .containsEntry(Source.REFAULT, 0.0)
        .containsEntry(Source.STALL, 0.0);
  }

  @Test
  void refaultsOfTheHostBesideAContainerCount() {
    makePod();
    host.attachRead("loop0", 0);
    host.start();
    host.tick();

    for (int second = 0; second < 5; second++) {
      thrash(POD, "loop0", 0);
      host.addRefaults(10_000);
      host.tickAfterSeconds(1);
    }

    assertThat(host.snapshot().pressure().level()).isEqualTo(1.0);
  }

  @Test
  void nestedContainersAreSubtractedOnce() {
    host.cgroups().make("kubepods", 4 * LIMIT_BYTES).make(POD, LIMIT_BYTES);
    host.attachRead("loop0", 0);
    host.start();
    host.tick();

    for (int second = 0; second < 3; second++) {
      thrash(POD, "loop0", 0);
      host.cgroups().strike("kubepods");
      host.cgroups().refault("kubepods", 20_000); // those of the pod
      host.addRefaults(5_000);
      host.tickAfterSeconds(1);
    }

    assertThat(host.snapshot().pressure().sources()).containsEntry(Source.REFAULT, 1.0);
  }

  @Test
  void containerThatReadsAFileOnceKeepsTheHostQuiet() {
    makePod();
    host.start();
    host.tick();

    for (int poll = 0; poll < 3; poll++) {
      host.cgroups().strike(POD);
      host.addScannedForLimits(1_000);
      host.tickAfterSeconds(1);
    }

    assertThat(host.tickAfterSeconds(1)).isEqualTo(Duration.ofSeconds(5));
    assertThat(host.snapshot().containers()).isEmpty();
  }

  @Test
  void watchWithoutAnEngineFindsTheContainerAndItsDevice() {
    host.cgroups().make("kubepods").make(POD, LIMIT_BYTES).make("calm", LIMIT_BYTES);
    host.attachRead("loop0", 0);
    thrash(POD, "loop0", 100 * MIB);
    host.cgroups().strike("calm");
    ContainerWatch watch = ContainerWatch.start(host.host());

    host.clock().advance(Duration.ofSeconds(3));
    thrash(POD, "loop0", 100 * MIB);
    watch.poll();

    assertThat(watch.shortages())
        .singleElement()
        .satisfies(
            shortage -> {
              ContainerReport container = shortage.report();
              assertThat(shortage.explained().refaultsPerSecond()).isPositive().isFinite();
              assertThat(container.cgroup()).isEqualTo("/" + POD);
              assertThat(container.devices()).containsExactly("loop0");
              assertThat(container.pressure().level()).isEqualTo(1.0);
            });
  }
}
