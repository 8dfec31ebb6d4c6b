package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Optional;

/** A kernel event: {@code action@devpath}, then zero-separated assignments. */
public final class Uevent {
  private static final String LOOP_PATH = "/devices/virtual/block/loop";

  private Uevent() {}

  /**
   * Returns the name of the loop device that an event is about (lib/kobject_uevent.c).
   *
   * @return empty if the event is not about a whole loop device
   */
  public static Optional<String> loopDevice(byte[] message) {
    int end = 0;
    while (end < message.length && message[end] != 0) {
      end++;
    }
    String header = new String(message, 0, end, ISO_8859_1);
    int at = header.indexOf('@');
    if (at <= 0 || !header.startsWith(LOOP_PATH, at + 1)) {
      return Optional.empty();
    }
    String device = header.substring(header.lastIndexOf('/') + 1);
    return header.substring(0, at).matches("[a-z]+") && device.matches("loop[0-9]{1,7}")
        ? Optional.of(device)
        : Optional.empty();
  }
}
