package io.fadvised.policy;

/**
 * How much lower cache is tolerated, in bytes.
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

  /** The tolerated bytes, in a straight line from relaxed to pressed. */
  public long bytesAt(Pressure pressure) {
    return pressedBytes + Math.round((relaxedBytes - pressedBytes) * (1 - pressure.level()));
  }
}
