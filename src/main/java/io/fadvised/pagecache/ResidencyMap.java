package io.fadvised.pagecache;

import java.util.List;

/**
 * Where a file is resident, in windows.
 *
 * @param total over the whole range that was measured
 * @param windows the windows with anything resident, in the order of the file; each lies between
 *     two multiples of {@link ResidencyProbe#WINDOW_BYTES}; of very many, the first
 */
public record ResidencyMap(Residency total, List<ByteRange> windows) {
  public ResidencyMap {
    windows = List.copyOf(windows);
  }
}
