package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Optional;

/**
 * A kernel event about a loop device.
 *
 * @param action {@code change}, {@code add}, {@code remove}
 * @param device the kernel's name
 */
public record Uevent(String action, String device) {
  private static final String LOOP_PATH = "/devices/virtual/block/loop";

  /**
   * Parses a message: {@code action@devpath}, then zero-separated assignments
   * (lib/kobject_uevent.c).
   *
   * @return empty if the event is not about a whole loop device
   */
  public static Optional<Uevent> parse(byte[] message) {
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
    String action = header.substring(0, at);
    return action.matches("[a-z]+") && device.matches("loop[0-9]{1,7}")
        ? Optional.of(new Uevent(action, device))
        : Optional.empty();
  }
}
