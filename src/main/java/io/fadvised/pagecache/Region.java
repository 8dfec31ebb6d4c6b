package io.fadvised.pagecache;

import java.util.List;

/**
 * A stretch of a file with something resident.
 *
 * @param range where it is
 * @param residency what is resident there
 * @param parts what to advise so that it leaves: the range itself, or what is resident in it
 */
public record Region(ByteRange range, Residency residency, List<ByteRange> parts) {
  public Region {
    parts = List.copyOf(parts);
  }

  /** One that is advised as a whole. */
  public Region(ByteRange range, Residency residency) {
    this(range, residency, List.of(range));
  }
}
