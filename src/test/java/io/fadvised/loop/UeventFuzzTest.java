package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fadvised.fuzz.Bounds;

class UeventFuzzTest {

  @FuzzTest
  void anyMessageIsAnEventOfALoopDeviceOrIgnored(byte[] message) throws Exception {
    Bounds.within(() -> Uevent.loopDevice(message))
        .ifPresent(
            device -> {
              assertThat(device).matches("loop[0-9]{1,7}");
              assertThat(new String(message, ISO_8859_1))
                  .matches("(?s)[a-z]+@/devices/virtual/block/loop.*");
            });
  }
}
