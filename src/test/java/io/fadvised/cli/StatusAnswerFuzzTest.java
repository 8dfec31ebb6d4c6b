package io.fadvised.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fadvised.fuzz.Bounds;
import io.fadvised.status.HostStatus;
import io.fadvised.status.StatusJson;

/** A daemon of another version may answer with any text. */
class StatusAnswerFuzzTest {

  @FuzzTest
  void everyAnswerIsParsedOrRejected(byte[] input) throws Exception {
    String json = new String(input, UTF_8);
    HostStatus host;
    try {
      host = Bounds.within(() -> StatusJson.parseHost(json));
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageStartingWith("status ");
      return;
    }
    assertThat(StatusJson.parseHost(StatusJson.compact(host))).isEqualTo(host);
    assertThat(StatusJson.parseHost(StatusJson.formatted(host))).isEqualTo(host);
    assertThat(Bounds.within(() -> new StatusText(host, host.devices(), true, 80).lines()))
        .isNotEmpty();
  }
}
