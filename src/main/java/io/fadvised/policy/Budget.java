package io.fadvised.policy;

/**
 * The limit for the lower cache of all devices together, in bytes.
 *
 * @param relaxedBytes without any pressure
 * @param pressedBytes under full pressure, at most {@code relaxedBytes}
 */
public record Budget(long relaxedBytes, long pressedBytes) {
  public Budget {
    if (pressedBytes < 0 || relaxedBytes < pressedBytes) {
      throw new IllegalArgumentException(
          "budget from " + relaxedBytes + " (relaxed) to " + pressedBytes + " (pressed) bytes");
    }
  }

  /** Returns the limit under a pressure, interpolated linearly between relaxed and pressed. */
  public long bytesAt(Pressure pressure) {
    return pressedBytes + Math.round((relaxedBytes - pressedBytes) * (1 - pressure.level()));
  }
}
