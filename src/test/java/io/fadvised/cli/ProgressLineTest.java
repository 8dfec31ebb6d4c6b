package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
  private final StringWriter terminal = new StringWriter();
  private long nanos;
  private final ProgressLine line = new ProgressLine(new PrintWriter(terminal), () -> nanos);

  private void measuredAt(int millis, int measured, int devices) {
    nanos = millis * 1_000_000L;
    line.measured(measured, devices);
  }

  @Test
  void shortMeasurementShowsNothing() {
    measuredAt(499, 10, 10);
    line.close();

    assertThat(terminal.toString()).isEmpty();
  }

  @Test
  void longMeasurementShowsOneLineThatIsErased() {
    measuredAt(500, 320, 1000);
    measuredAt(599, 321, 1000);
    measuredAt(600, 1000, 1000);
    line.close();

    assertThat(terminal.toString())
        .isEqualTo(
            "\rmeasured 320 of 1,000 devices\rmeasured 1,000 of 1,000 devices\r"
                + " ".repeat(31)
                + "\r");
  }
}
