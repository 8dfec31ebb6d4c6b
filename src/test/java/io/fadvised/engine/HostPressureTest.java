package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import io.fadvised.policy.Pressure;
import java.time.Duration;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class HostPressureTest {
  private static final Offset<Double> EXACTLY = Offset.offset(1e-9);

  @RegisterExtension final TestHost host = new TestHost();

  private Pressure pressure() {
    return host.snapshot().pressure();
  }

  @Test
  void pressureShrinksTheBudgetAndMakesAnIdleHolderDue() {
    FakeFile file = host.attachRead("loop0", 60 * MIB);
    host.start();
    host.run(Duration.ofMinutes(2));
    assertThat(host.adviceCalls()).isZero();

    host.setAvailable(0.05);
    host.tickAfterSeconds(1);

    assertThat(pressure().level()).isEqualTo(1.0);
    assertThat(host.snapshot().budgetBytes()).isEqualTo(8 * MIB);
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void halfThePressureShrinksTheBudgetHalfWay() {
    host.attachRead("loop0", 10 * MIB);
    host.start();
    host.tick();

    host.setAvailable(0.15);
    host.tickAfterSeconds(1);

    assertThat(host.snapshot().budgetBytes()).isBetween(36 * MIB - 1024, 36 * MIB + 1024);
  }

  @Test
  void pressureHalvesEveryThirtySecondsAfterItsEnd() {
    host.attachRead("loop0", 10 * MIB);
    host.start();
    host.tick();
    host.setAvailable(0.05);
    host.tickAfterSeconds(1);
    host.setAvailable(0.5);

    host.tickAfterSeconds(30);
    assertThat(pressure().level()).isCloseTo(0.5, EXACTLY);
    host.tickAfterSeconds(30);
    assertThat(pressure().level()).isCloseTo(0.25, EXACTLY);
  }

  @Test
  void eachSourceInProcRaisesPressure() {
    host.start();
    host.tick();
    host.addRefaults(200);
    host.tickAfterSeconds(1);
    assertThat(pressure().words()).isEqualTo("page cache refaults: 200 a second");
    host.addDirectReclaims(4);
    host.tickAfterSeconds(1);
    assertThat(pressure().words()).isEqualTo("direct reclaim: 4 a second");
    host.addStall(60_000);
    host.tickAfterSeconds(1);
    assertThat(pressure().words()).isEqualTo("memory stalls: 6.0 % of the time stalled");
    host.addScanned(1_000_000);
    host.tickAfterSeconds(3600);
    assertThat(pressure().words()).startsWith("reclaim scanning: ");
  }

  @Test
  void unreadablePressureKeepsItsLastValue() {
    host.attachRead("loop0", 10 * MIB);
    host.start();
    host.tick();
    host.setAvailable(0.05);
    host.tickAfterSeconds(1);
    host.removeProc("vmstat");

    host.tickAfterSeconds(60);

    assertThat(pressure().level()).isEqualTo(1.0);
    assertThat(host.heard().problems).anyMatch(text -> text.startsWith("memory pressure unread"));
  }

  @Test
  void stallsThatWakeTheEngineCountAsThoseOfOneSecondAfterALongCalm() {
    FakeFile file = host.attachRead("loop0", 60 * MIB);
    host.start();
    host.run(Duration.ofMinutes(2));
    assertThat(host.adviceCalls()).isZero();

    host.addStall(50_000); // 1 % of 5 s, 5 % of the trigger's window
    host.engine().pressureRises();
    host.tickAfterSeconds(5);

    assertThat(pressure().level()).isEqualTo(0.5);
    assertThat(pressure().words()).isEqualTo("memory stalls: 5.0 % of the time stalled");
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void stallsThatWakeTheEngineRightAfterATickCountAtOnce() {
    host.start();
    host.tick();

    host.addStall(50_000);
    host.setAvailable(0.05);
    host.engine().pressureRises();
    Duration wait = host.tickAfter(Duration.ofMillis(100));

    assertThat(pressure().sources())
        .containsEntry(Pressure.Source.STALL, 0.5)
        .containsEntry(Pressure.Source.HEADROOM, 1.0);
    assertThat(wait).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void stallsWakeTheEngineOnlyWhereTheNextTickIsFar() {
    host.start();
    host.setAvailable(0.05);
    assertThat(host.tick()).isEqualTo(Duration.ofSeconds(1));
    assertThat(host.engine().pressureRises()).isFalse();

    host.setAvailable(0.5);
    assertThat(host.tickAfter(Duration.ofMinutes(10))).isEqualTo(Duration.ofSeconds(5));
    assertThat(host.engine().pressureRises()).isTrue();
    assertThat(host.engine().pressureRises()).as("it is awake").isFalse();
  }

  @Test
  void stallsOfAContainerWakeTheEngineAndAreNoPressure() {
    host.start();
    host.tick();

    host.addStallOfContainer(50_000);
    host.engine().pressureRises();

    assertThat(host.tickAfterSeconds(5)).isEqualTo(Duration.ofSeconds(1));
    assertThat(host.tickAfterSeconds(1)).isEqualTo(Duration.ofSeconds(5));
    assertThat(pressure().level()).isZero();
    assertThat(host.snapshot().events()).isEqualTo(new PressureEvents.Summary(true, "a test", 1));
  }

  @Test
  void tickIsASecondWithoutATrigger() {
    host.setFree(0.9);
    host.start().pressureWatched(false, "the timer only");
    assertThat(host.tick()).isEqualTo(Duration.ofSeconds(1));

    host.engine().pressureWatched(true, "a test");
    assertThat(host.tickAfterSeconds(1)).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void memoryThatRunsOutShrinksTheBudgetBeforeTheKernelReclaims() {
    FakeFile file = host.attachRead("loop0", 60 * MIB);
    host.setFree(0.45);
    host.start();
    host.run(Duration.ofMinutes(1));
    host.tick();
    assertThat(host.adviceCalls()).isZero();

    host.setFree(0.22); // 20 % are left above the 2 % that count as gone
    host.tickAfterSeconds(1);

    assertThat(pressure().words()).isEqualTo("free memory: gone in 0.9 s");
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void pressureShortensTheTick() {
    host.start();
    host.tick();

    host.addRefaults(10_000);

    assertThat(host.tickAfterSeconds(5)).isEqualTo(Duration.ofSeconds(1));
  }
}
