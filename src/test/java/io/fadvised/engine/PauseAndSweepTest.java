package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
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
}
