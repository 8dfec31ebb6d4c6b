package io.fadvised.pagecache;

import io.fadvised.linux.KernelException;
import java.time.Duration;
import java.util.List;

/** Counts the resident pages of one open file by one system call. */
interface Probe {
  /**
   * The result of a count.
   *
   * @param parts of the range with resident pages, in any order
   * @param rests that were not counted, each to be estimated separately, in the order of the file
   */
  record Counted(List<Region> parts, List<List<ByteRange>> rests) {
    public Counted {
      rests = rests.stream().filter(rest -> !rest.isEmpty()).toList();
    }
  }

  /** Returns the name of the system call. */
  String name();

  /** Counts as much of a range as fits into a slice, leaving some time to sample the rest. */
  Counted count(ByteRange range, Duration slice) throws KernelException;

  /** Counts a part that was counted before. */
  Residency residencyOf(ByteRange part) throws KernelException;

  /** Cuts parts that were counted into regions with resident pages. */
  List<Region> locate(List<Region> parts) throws KernelException;
}
