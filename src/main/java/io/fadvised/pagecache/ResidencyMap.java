package io.fadvised.pagecache;

import java.util.List;

/**
 * Where a file is resident, in windows.
 *
 * @param total the sum over the windows
 * @param windows the windows with anything resident, in the order of the file; their starts are
 *     multiples of {@link ResidencyProbe#WINDOW_BYTES}
 */
public record ResidencyMap(Residency total, List<ByteRange> windows) {
  public ResidencyMap {
    windows = List.copyOf(windows);
  }
}
