package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fadvised.control.Answer;
import io.fadvised.fuzz.Bounds;
import io.fadvised.json.JsonText;
import io.fadvised.status.HostStatus;
import java.io.ByteArrayInputStream;

/** A daemon of another version may answer with any text. */
class StatusAnswerFuzzTest {

  @FuzzTest
  void everyAnswerIsParsedOrRejected(byte[] input) throws Exception {
    Answer answer;
    try {
      answer = Bounds.within(() -> JsonText.parse(Answer.class, new ByteArrayInputStream(input)));
    } catch (IllegalArgumentException e) {
      return;
    }
    assertThat(JsonText.parse(Answer.class, JsonText.compact(answer))).isEqualTo(answer);
    if (answer.status().isPresent()) {
      HostStatus host = answer.status().get();
      assertThat(
              Bounds.within(() -> new StatusText(host, host.devices(), 80).lines(Grouping.DEVICE)))
          .isNotEmpty();
    }
  }
}
