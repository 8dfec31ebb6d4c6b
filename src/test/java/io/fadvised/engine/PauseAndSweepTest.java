package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PauseAndSweepTest {
  @RegisterExtension final TestHost host = new TestHost();

  @Test
  void pausedEngineSweepsNothingAndPollsPressure() {
    host.attachRead("loop0", 100 * MIB);
    host.start().setPaused(true);
    host.tick();
    host.setAvailable(0.05);
    host.tickAfterSeconds(1);

    assertThat(host.kernel().calls()).isEmpty();
    assertThat(host.snapshot().paused()).isTrue();
    assertThat(host.snapshot().pressure().level()).isEqualTo(1.0);
    assertThat(host.snapshot().devices()).hasSize(1);

    host.engine().setPaused(false);
    host.tickAfterSeconds(1);

    assertThat(host.adviceCalls()).isEqualTo(1);
  }

  @Test
  void requestedSweepIncludesIdleDevices() {
    host.attachRead("loop0", 10 * MIB);
    host.start();
    host.run(Duration.ofMinutes(2));
    int before = host.heard().swept.size();

    host.engine().makeAllDue();
    host.tickAfterSeconds(1);

    assertThat(host.heard().swept).hasSize(before + 1);
  }

  @Test
  void requestedSweepOfSharedAndHungDevicesTakesOneTick() throws InterruptedException {
    FakeFile file = host.attachRead("loop0", 100 * MIB);
    host.attach("loop1", "/srv/loop0.img", file); // swept as loop0
    host.attach("loop2", "/btrfs/a.img", TestHost.GIB);
    host.attach("loop3", "/btrfs/b.img", TestHost.GIB);
    host.start();
    host.tick();
    host.tickAfterSeconds(1);
    host.read("loop2", 0, 100 * MIB);
    host.hangIn("locate");
    host.tickAfterSeconds(1);
    assertThat(host.report("loop1").state()).isEqualTo(DeviceState.SHARED);
    assertThat(host.report("loop2").state()).isEqualTo(DeviceState.QUARANTINED);
    int ticks = host.heard().snapshots.size();
    int sweeps = host.heard().sweepsOf("loop0").size();

    host.engine().sweepAll();

    assertThat(host.heard().snapshots).hasSize(ticks + 1);
    assertThat(host.heard().sweepsOf("loop0")).hasSize(sweeps + 1);
  }

  @Test
  void sweepOfOneDeviceLeavesTheOthers() throws InterruptedException {
    host.attachRead("loop0", 10 * MIB);
    host.attachRead("loop1", 10 * MIB);
    host.start();
    host.run(Duration.ofSeconds(90));
    int before = host.heard().swept.size();

    Engine.Swept swept = host.engine().sweep(Set.of("loop1"));

    assertThat(swept).isEqualTo(new Engine.Swept(1, 0, Map.of()));
    assertThat(host.heard().swept).hasSize(before + 1);
    assertThat(host.heard().lastSweep().device()).isEqualTo("loop1");
  }

  @Test
  void sweepFindsDevicesThatWereAttachedJustNow() throws InterruptedException {
    host.start();
    host.tick();
    host.attachRead("loop1", 300 * MIB);
    host.setAvailable(0.05);

    Engine.Swept swept = host.engine().sweep(Set.of("loop1"));

    assertThat(swept.devices()).isEqualTo(1);
    assertThat(swept.releasedBytes()).isGreaterThan(200 * MIB);
  }

  @Test
  void sweepOfASharedFileIsThatOfItsFirstDevice() throws InterruptedException {
    FakeFile file = host.attachRead("loop0", 100 * MIB);
    host.attach("loop1", "/srv/loop0.img", file);
    host.start();
    host.tick();
    host.tickAfterSeconds(1);
    int before = host.heard().sweepsOf("loop0").size();

    Engine.Swept swept = host.engine().sweep(Set.of("loop0", "loop1"));

    assertThat(swept).isEqualTo(new Engine.Swept(1, 0, Map.of()));
    assertThat(host.heard().sweepsOf("loop0")).hasSize(before + 1);
  }

  @Test
  void sweepOfAHungDeviceEndsWithTheReason() throws InterruptedException {
    host.attach("loop0", "/btrfs/a.img", TestHost.GIB);
    host.start();
    host.hangIn("locate");

    Engine.Swept swept = host.engine().sweep(Set.of("loop0"));

    assertThat(swept.devices()).isZero();
    assertThat(swept.left().get("loop0")).contains("not responding");
  }

  @Test
  void requestedSweepGoesOnUntilEachDeviceIsSwept() throws InterruptedException {
    for (int i = 0; i < 30; i++) {
      host.attachRead("loop" + i, 100 * MIB);
    }
    host.start();
    host.kernel().before("posix_fadvise", call -> host.clock().advance(Duration.ofMillis(200)));

    host.engine().sweepAll();

    assertThat(host.snapshot().devices()).allMatch(device -> device.totals().evictions() == 1);
    assertThat(host.heard().snapshots).hasSizeBetween(5, 15);
  }
}
