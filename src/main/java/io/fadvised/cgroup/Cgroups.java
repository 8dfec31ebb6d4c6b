package io.fadvised.cgroup;

import java.io.IOException;
import java.util.Collection;

/** The memory cgroups of a host that have a limit. {@link CgroupTree} reads this machine's. */
public interface Cgroups {
  /** Returns whether cgroups were made or removed since the last walk; false if unknown. */
  boolean hasChanged();

  /**
   * Walks the tree. A cgroup that it found before stays the same object.
   *
   * @throws IOException if the tree cannot be read
   */
  void walk() throws IOException;

  /** Returns the cgroups with a limit that the last walk found. */
  Collection<Cgroup> limited();

  /**
   * Returns whether the lower cache of a loop device is charged to the cgroup that uses the device:
   * cgroup v2 since Linux 5.14. Else it is the root's, and no limit applies to it.
   */
  boolean ownLowerCache();
}
