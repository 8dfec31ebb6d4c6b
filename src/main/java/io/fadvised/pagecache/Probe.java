package io.fadvised.pagecache;

import io.fadvised.linux.KernelException;
import java.time.Duration;
import java.util.List;

/** Counts the resident pages of one open file by one system call. */
interface Probe {
  /**
   * The result of a count.
   *
   * @param parts of the range with anything resident, in no particular order
   * @param rests that were not counted, each to be estimated by itself, in the order of the file
   */
  record Counted(List<Region> parts, List<List<ByteRange>> rests) {
    public Counted {
      rests = rests.stream().filter(rest -> !rest.isEmpty()).toList();
    }
  }

  /** The name of the system call. */
  String name();

  /** Counts as much of a range as fits into a slice, and leaves some time to sample the rest. */
  Counted count(ByteRange range, Duration slice) throws KernelException;

  /** Counts a part that was counted before. */
  Residency residencyOf(ByteRange part) throws KernelException;

  /** Cuts parts that were counted into regions with anything resident. */
  List<Region> locate(List<Region> parts) throws KernelException;
}
