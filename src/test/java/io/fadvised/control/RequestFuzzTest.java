package io.fadvised.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fadvised.fuzz.Bounds;
import java.util.Arrays;

/** Any program of root or of the daemon's user may write anything to the socket. */
class RequestFuzzTest {

  @FuzzTest
  void everyLineIsParsedOrRejected(byte[] input) throws Exception {
    byte[] line = Arrays.copyOf(input, Math.min(input.length, Connection.MAX_REQUEST_BYTES));
    Request request;
    try {
      request = Bounds.within(() -> Request.parse(line));
    } catch (IllegalArgumentException e) {
      return;
    }
    byte[] written = request.line();
    assertThat(written).endsWith('\n');
    Request again = Request.parse(Arrays.copyOf(written, written.length - 1));
    assertThat(again.line()).isEqualTo(written); // an unpaired surrogate is replaced when written
  }
}
