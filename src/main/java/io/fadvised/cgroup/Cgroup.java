package io.fadvised.cgroup;

import java.io.IOException;

/** A memory cgroup with a limit of its own. Owned by one thread. */
public interface Cgroup {
  /** Returns the path below the root of the tree, such as {@code /system.slice/web.service}. */
  String path();

  /** Returns how often its own limit made its tasks reclaim, since it was made. */
  long strikes() throws IOException;

  /** Reads its limits and counters. */
  CgroupSample sample() throws IOException;

  /** Closes the files of {@link #sample}; the next one opens them again. */
  void rest();
}
