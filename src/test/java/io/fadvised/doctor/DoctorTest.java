package io.fadvised.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.TestHost;
import io.fadvised.linux.LinuxDirectIo;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DoctorTest {
  @RegisterExtension private final TestHost host = new TestHost();

  @BeforeEach
  void attach() {
    host.attach("loop1", "/srv/1.img", TestHost.MIB);
  }

  @Test
  void loadOfADeviceThatWasNotWatchedIsUnknown() throws Exception {
    host.host().diskStats().read(); // writes the counters

    assertThat(only(Duration.ofSeconds(1)).load()).isPresent();
    assertThat(only(Duration.ZERO).load()).isEmpty();
  }

  private DeviceFindings only(Duration watched) throws IOException, InterruptedException {
    return new Doctor(
            host.host(), new LinuxDirectIo(), TestHost.DEV, host.sys().root(), host.proc())
        .examine(watched, "loop1"::equals, soFar -> {})
        .devices()
        .get(0);
  }
}
