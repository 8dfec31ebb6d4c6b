package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PacingTest {
  @RegisterExtension private final TestHost host = new TestHost();

  /** 128 MiB have 32,768, 8,192 or 2,048 pages, each of which may take 2.4 µs. */
  @ParameterizedTest
  @CsvSource({"4096, 80, 0", "16384, 80, 1", "16384, 20, 0", "65536, 20, 1", "65536, 6, 0"})
  void callIsSlowAboveTheLimitForItsPages(int pageBytes, long millis, long slowCalls) {
    host.kernel().withPages(pageBytes);
    Pacing pacing = new Pacing(host.host());

    pacing.restAfter(128 * MIB, Duration.ofMillis(millis));

    assertThat(pacing.totals().slowCalls()).isEqualTo(slowCalls);
  }
}
