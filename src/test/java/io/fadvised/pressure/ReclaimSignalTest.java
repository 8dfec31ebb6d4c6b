package io.fadvised.pressure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReclaimSignalTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "35 31 0:35 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory | /sys/fs/cgroup/memory",
        "35 31 0:35 / /cg rw shared:9 master:2 - cgroup cgroup rw,cpu,memory,cpuset | /cg",
        "35 31 0:35 /docker/1 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory |",
        "35 31 0:35 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,memoryless |",
        "35 31 0:35 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,memory_recursiveprot |",
        "35 31 0:35 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,memory |",
        "35 31 0:35 / /memory rw - ext4 /dev/memory rw,memory |",
        "nonsense |",
        "- - - - - - |",
        "35 31 0:35 / /a\rb rw - cgroup cgroup rw,memory | /a\rb",
      })
  void theRootOfTheMemoryHierarchyIsFoundAndNothingElse(String line, String folder) {
    String mounts = "23 1 8:1 / / rw - ext4 /dev/sda1 rw\n" + line + "\n";

    assertThat(ReclaimSignal.rootOfMemory(mounts).orElse(null)).isEqualTo(folder);
  }
}
