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
  private static final Duration WINDOW = Duration.ofSeconds(1);
  private static final Offset<Double> EXACTLY = Offset.offset(1e-9);

  @RegisterExtension final TestHost host = new TestHost();

  private void startWithEvents() {
    host.start().pressureWatched(true, "a test");
  }

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
    assertThat(host.snapshot().toleratedBytes()).isEqualTo(8 * MIB);
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void halfThePressureShrinksTheBudgetHalfWay() {
    host.attachRead("loop0", 10 * MIB);
    host.start();
    host.tick();

    host.setAvailable(0.15);
    host.tickAfterSeconds(1);

    assertThat(host.snapshot().toleratedBytes()).isBetween(36 * MIB - 1024, 36 * MIB + 1024);
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
  void eventCountsInItsOwnWindowAfterALongCalm() {
    FakeFile file = host.attachRead("loop0", 60 * MIB);
    startWithEvents();
    host.run(Duration.ofMinutes(2));
    assertThat(host.adviceCalls()).isZero();

    host.addStall(50_000); // 1 % of 5 s, but 5 % of the event's window
    host.engine().pressureRises(WINDOW);
    host.tickAfterSeconds(5);

    assertThat(pressure().level()).isEqualTo(0.5);
    assertThat(pressure().words()).isEqualTo("memory stalls: 5.0 % of the time stalled");
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void eventRightAfterAPollCountsAndIsFollowedByAPoll() {
    startWithEvents();
    host.tick();

    host.addStall(50_000);
    host.setAvailable(0.05);
    host.engine().pressureRises(WINDOW);
    Duration wait = host.tickAfter(Duration.ofMillis(300));

    assertThat(pressure().sources())
        .containsEntry(Pressure.Source.STALL, 0.5)
        .containsEntry(Pressure.Source.HEADROOM, 1.0);
    assertThat(wait).isEqualTo(Duration.ofMillis(200)); // half a second after the last poll
    host.addRefaults(300);
    host.tickAfter(wait);
    assertThat(pressure().sources()).containsKey(Pressure.Source.REFAULT);
  }

  @Test
  void onlyTheFirstEventAfterACalmAsksForATickAtOnce() {
    startWithEvents();

    assertThat(host.engine().pressureRises(WINDOW)).isTrue();
    assertThat(host.tick()).isEqualTo(Duration.ofMillis(500));
    for (int second = 0; second < 30; second += 3) {
      host.clock().advance(Duration.ofSeconds(3));
      assertThat(host.engine().pressureRises(WINDOW)).isFalse();
      assertThat(host.tick()).isEqualTo(Duration.ofSeconds(1));
    }
    assertThat(host.tickAfterSeconds(3)).isEqualTo(Duration.ofSeconds(1));
    assertThat(host.tickAfterSeconds(3)).isEqualTo(Duration.ofSeconds(5));
    assertThat(host.engine().pressureRises(WINDOW)).isTrue();
  }

  @Test
  void eventWithoutStallsIsNoPressure() {
    startWithEvents();
    host.tick();

    host.engine().pressureRises(WINDOW);
    host.tickAfterSeconds(5);
    host.engine().pressureRises(Duration.ZERO);
    host.tickAfterSeconds(5);

    assertThat(pressure().level()).isZero();
    assertThat(host.snapshot().events()).isEqualTo(new PressureEvents.Told(true, "a test", 2));
  }

  @Test
  void tickShortensAsHeadroomShrinksWithoutEvents() {
    host.start();
    assertThat(host.tick()).isEqualTo(Duration.ofSeconds(5));

    host.setAvailable(0.40);
    assertThat(host.tickAfterSeconds(5)).isEqualTo(Duration.ofSeconds(5)); // 15 % left, 2 % a s
    host.setAvailable(0.30);
    assertThat(host.tickAfterSeconds(5))
        .isBetween(Duration.ofMillis(2490), Duration.ofMillis(2510));
    host.setAvailable(0.26);
    assertThat(host.tickAfter(Duration.ofMillis(2500)))
        .isBetween(Duration.ofMillis(620), Duration.ofMillis(630));
    host.setAvailable(0.15);
    host.tickAfter(Duration.ofMillis(625)); // too soon for the counters, not for the headroom

    assertThat(pressure().level()).isCloseTo(0.5, Offset.offset(0.01));
  }

  @Test
  void tickStaysLongWithEventsWhileHeadroomShrinks() {
    startWithEvents();
    host.tick();

    host.setAvailable(0.26);

    assertThat(host.tickAfterSeconds(5)).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void refaultsShortenTheTickUnlessHalfOfTheMemoryIsFree() {
    host.setAvailable(1); // half of which is free
    startWithEvents();
    host.tick();

    host.addRefaults(10_000);
    assertThat(host.tickAfterSeconds(5)).isEqualTo(Duration.ofSeconds(5));
    assertThat(pressure().level()).isGreaterThan(0.05);

    host.setAvailable(0.99);
    host.addRefaults(10_000);
    assertThat(host.tickAfterSeconds(5)).isEqualTo(Duration.ofSeconds(1));
  }
}
