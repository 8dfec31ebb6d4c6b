package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fadvised.fuzz.Bounds;

class UeventFuzzTest {

  @FuzzTest
  void anyMessageIsAnEventOfALoopDeviceOrIgnored(byte[] message) throws Exception {
    Bounds.within(() -> Uevent.parse(message))
        .ifPresent(
            event -> {
              String text = new String(message, ISO_8859_1);
              assertThat(event.device()).matches("loop[0-9]{1,7}");
              assertThat(text).startsWith(event.action() + "@/devices/virtual/block/loop");
              Bounds.assertPrintable(event.action());
            });
  }
}
