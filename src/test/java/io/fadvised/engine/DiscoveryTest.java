package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import io.fadvised.loop.LoopScan;
import io.fadvised.policy.Reason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DiscoveryTest {
  @RegisterExtension final TestHost host = new TestHost();

  @Test
  void hostWithoutLoopDevicesIsTickedEveryFiveSeconds() {
    host.start();

    assertThat(host.run(Duration.ofMinutes(1))).isEqualTo(12);
    assertThat(host.snapshot().devices()).isEmpty();
    assertThat(host.kernel().calls()).isEmpty();
  }

  @Test
  void newDeviceIsFoundAtTheNextScanOrAtOnceOnRequest() {
    host.start();
    host.tick();
    host.attachRead("loop0", MIB);
    host.tickAfterSeconds(29);
    assertThat(host.heard().appeared).isEmpty();
    host.tickAfterSeconds(1);
    assertThat(host.heard().appeared).hasSize(1);

    host.attachRead("loop10", MIB);
    host.attachRead("loop2", MIB);
    assertThat(host.engine().requestRescan()).as("news").isTrue();
    assertThat(host.engine().requestRescan()).as("news").isFalse();
    host.tickAfterSeconds(1);

    assertThat(host.snapshot().devices())
        .extracting(report -> report.device().name())
        .containsExactly("loop0", "loop2", "loop10");
  }

  @Test
  void onlyTheDevicesThatEventsNameAreRead() {
    host.attachRead("loop0", MIB);
    host.attachRead("loop1", MIB);
    host.start();
    host.tick();
    host.sys().makeUnreadable("loop0", "size");
    host.detach("loop1");
    host.attachRead("loop2", MIB);

    host.engine().devicesChanged(List.of("loop1", "loop2", "loop3"));
    host.tickAfterSeconds(1);

    assertThat(host.snapshot().devices())
        .extracting(report -> report.device().name())
        .containsExactly("loop0", "loop2");
    assertThat(host.snapshot().unreadable()).isEmpty();
  }

  @Test
  void eventShortlyAfterAnotherIsReadWithinHalfASecond() {
    host.start();
    host.tick();
    host.attachRead("loop0", MIB);
    host.engine().devicesChanged(List.of("loop0"));
    host.tickAfter(Duration.ofSeconds(1));
    Duration wait = host.tickAfter(Duration.ofMillis(100)); // another wake-up: nothing to read yet
    host.attachRead("loop1", MIB);
    assertThat(host.engine().devicesChanged(List.of("loop1"))).as("wakes").isFalse();

    assertThat(wait).isLessThanOrEqualTo(Duration.ofMillis(400));
    host.tickAfter(wait);
    assertThat(host.snapshot().devices()).hasSize(2);
  }

  @Test
  void namedDeviceThatCannotBeReadIsReportedAndKept() {
    host.attachRead("loop0", MIB);
    host.attachRead("loop1", MIB);
    host.start();
    host.tick();
    host.sys().makeUnreadable("loop0", "size");
    host.sys().makeUnreadable("loop1", "size");
    host.engine().devicesChanged(List.of("loop0"));
    host.tickAfterSeconds(1);
    host.engine().devicesChanged(List.of("loop1"));
    host.tickAfterSeconds(1);

    assertThat(host.snapshot().unreadable()).extracting(LoopScan.Problem::device).hasSize(2);
    assertThat(host.snapshot().devices()).hasSize(2);

    host.sys().without("loop0", "size");
    host.sys().set("loop0", "size", "2048");
    host.engine().devicesChanged(List.of("loop0"));
    host.tickAfterSeconds(1);

    assertThat(host.snapshot().unreadable())
        .extracting(LoopScan.Problem::device)
        .containsExactly("loop1");
  }

  @Test
  void firstEventIsServedAtOnceAndTheFollowingTogether() {
    host.start();
    host.tick();
    host.clock().advance(Duration.ofSeconds(1));

    assertThat(host.engine().devicesChanged(List.of("loop0"))).as("wakes the engine").isTrue();
    host.tick();
    assertThat(host.engine().devicesChanged(List.of("loop1"))).as("so soon after").isFalse();
    host.attachRead("loop1", MIB);
    Duration wait = host.tick();
    assertThat(host.heard().appeared).isEmpty();

    assertThat(wait).isLessThanOrEqualTo(Duration.ofMillis(250));
    host.tickAfter(wait);
    assertThat(host.heard().appeared).hasSize(1);
  }

  @Test
  void scansTakeAtMostATwentiethOfTheTime() {
    EngineListener takesTime =
        new EngineListener() {
          @Override
          public void appeared(DeviceReport device) {
            host.clock().advance(Duration.ofMillis(100)); // as if sysfs were slow
          }
        };
    host.start(List.of(takesTime));
    for (int i = 0; i < 100; i++) {
      host.attachRead("loop0", MIB);
      host.engine().requestRescan(); // events are lost all the time
      host.tickAfter(Duration.ofMillis(300));
    }

    assertThat(host.heard().appeared).hasSizeBetween(14, 18); // in 30 s
  }

  @Test
  void scansWithoutARequestTakeAtMostA400thOfTheTime() {
    EngineListener takesTime =
        new EngineListener() {
          @Override
          public void appeared(DeviceReport device) {
            host.clock().advance(Duration.ofSeconds(1)); // as with fifty thousand devices
          }
        };
    int attached = 0;
    host.start(List.of(takesTime));
    for (int i = 0; i < 400; i++) {
      if (host.heard().appeared.size() == attached) {
        host.attachRead("loop" + attached++, MIB);
      }
      host.tickAfterSeconds(5);
    }

    assertThat(host.heard().appeared).hasSizeBetween(5, 7); // in 2000 s
  }

  @Test
  void deviceAttachedDuringAScanIsFoundByTheNextOneSoon() {
    host.attachRead("loop0", MIB);
    EngineListener attachesAnother =
        new EngineListener() {
          @Override
          public void appeared(DeviceReport device) {
            if (device.device().name().equals("loop0")) {
              host.attachRead("loop1", MIB);
              host.engine().requestRescan();
            }
          }
        };
    host.start(List.of(attachesAnother));

    host.tick();
    assertThat(host.heard().appeared).hasSize(1);
    host.tickAfterSeconds(1);

    assertThat(host.heard().appeared).hasSize(2);
  }

  @Test
  void totalsOfADetachedDeviceStay() {
    host.attachRead("loop0", 100 * MIB);
    host.start();
    host.tick();

    host.detach("loop0");
    host.tickAfterSeconds(30);

    assertThat(host.heard().disappeared).containsExactly("loop0");
    assertThat(host.snapshot().devices()).isEmpty();
    assertThat(host.snapshot().residentBytes()).isZero();
    assertThat(host.snapshot().totals()).isEqualTo(new DeviceTotals(1, 1, 1, 100 * MIB, 0));
  }

  @Test
  void detachedDeviceIsNotSwept() {
    FakeFile file = host.attachRead("loop0", 10 * MIB);
    host.start();
    host.tick();
    host.read("loop0", 0, 100 * MIB);
    host.detach("loop0");

    host.runSeconds(5);

    assertThat(file.residentBytes()).isEqualTo(100 * MIB);
    assertThat(host.snapshot().devices()).isEmpty();
  }

  @Test
  void detachThatSysfsDoesNotShowYetIsRetriedAtIntervals() {
    host.attachRead("loop0", 100 * MIB);
    host.kernel().detach("loop0"); // ENXIO, while the attributes are still there
    host.start();

    host.runSeconds(20); // throws if it spins

    assertThat(host.report("loop0").reason().code()).isEqualTo(Reason.Code.CHANGED);
  }

  @Test
  void offsetThatMovesWhileAttachedIsTakenOver() {
    FakeFile file = host.attachRead("loop0", 10 * MIB);
    host.start();
    host.tick();

    host.sys().set("loop0", "loop/offset", Long.toString(MIB));
    host.read("loop0", 0, 200 * MIB);
    host.runSeconds(30);

    assertThat(host.report("loop0").device().offsetBytes()).isEqualTo(MIB);
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void malformedDeviceIsListedAndLoggedOnce() {
    host.attachRead("loop0", 10 * MIB);
    host.sys().set("loop0", "loop/offset", "rubbish");
    FakeFile good = host.attachRead("loop1", 100 * MIB);
    host.start();

    host.run(Duration.ofMinutes(2));

    assertThat(good.residentBytes()).isZero();
    assertThat(host.snapshot().unreadable())
        .containsExactly(
            new LoopScan.Problem(
                "loop0", "sysfs entry unreadable: loop0/loop/offset holds \"rubbish\""));
    assertThat(host.heard().problems)
        .containsExactly(
            "loop0: sysfs entry unreadable: loop0/loop/offset holds \"rubbish\", skipped");

    host.sys().set("loop0", "loop/offset", "0");
    host.runSeconds(31);

    assertThat(host.snapshot().unreadable()).isEmpty();
    assertThat(host.snapshot().devices()).hasSize(2);
  }

  @Test
  void deviceThatBecomesUnreadableIsListedAndNotSwept() {
    FakeFile file = host.attachRead("loop0", 10 * MIB);
    host.start();
    host.tick();
    host.sys().makeUnreadable("loop0", "size");
    host.read("loop0", 0, 200 * MIB);

    host.run(Duration.ofMinutes(3)); // throws if it spins

    assertThat(host.snapshot().unreadable())
        .extracting(LoopScan.Problem::device)
        .containsExactly("loop0");
    assertThat(host.heard().problems)
        .first()
        .asString()
        .startsWith("loop0: cannot read its sysfs entry");
    assertThat(file.residentBytes()).isEqualTo(200 * MIB);
  }

  @Test
  void idleDeviceThatBecomesUnreadableIsKept() {
    host.attachRead("loop0", 10 * MIB);
    host.start();
    host.tick();
    host.sys().set("loop0", "diskseq", "rubbish");

    host.runSeconds(35);

    assertThat(host.heard().disappeared).isEmpty();
    assertThat(host.snapshot().devices()).hasSize(1);
    assertThat(host.snapshot().unreadable()).hasSize(1);
  }

  @Test
  void knownDevicesAreKeptWithoutSysfs() {
    FakeFile file = host.attachRead("loop0", 10 * MIB);
    host.start();
    host.tick();
    host.sys().unmount();

    host.tickAfterSeconds(30);

    assertThat(host.heard().problems).anyMatch(text -> text.startsWith("cannot list loop devices"));
    assertThat(host.snapshot().devices()).hasSize(1);
    assertThat(file.residentBytes()).isEqualTo(10 * MIB);
  }
}
