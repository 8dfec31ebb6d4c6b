package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.cgroup.CgroupSample;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LimitGaugeTest {
  private static final long MIB = 1L << 20;
  private static final int PAGE_BYTES = 4096;

  /** A cgroup of 256 MiB that has read as much from a device. */
  private static CgroupSample sample(long fileMib, long reclaimedMib, long readMib) {
    return new CgroupSample(
        256 * MIB,
        0,
        reclaimedMib * MIB / PAGE_BYTES,
        fileMib * MIB / 4,
        fileMib * MIB * 3 / 4,
        Optional.empty(),
        Map.of("loop0", readMib * MIB));
  }

  private static boolean cachesTwice(CgroupSample now, long releasedMib) {
    return LimitGauge.cachesTwice(sample(200, 1000, 500), now, releasedMib * MIB, PAGE_BYTES);
  }

  @Test
  void readerWithAnUpperCacheAddsTwoCopies() {
    assertThat(cachesTwice(sample(200, 1100, 600), 100)).isTrue();
    assertThat(cachesTwice(sample(100, 1200, 600), 100)).isTrue();
  }

  @Test
  void readerWithODirectAddsOneCopy() {
    assertThat(cachesTwice(sample(200, 1000, 600), 100)).isFalse();
    assertThat(cachesTwice(sample(200, 1100, 600), 0)).isFalse();
  }

  @Test
  void littleIoShowsNothing() {
    assertThat(cachesTwice(sample(220, 1000, 500), 0)).isFalse();
  }
}
