package io.fadvised.pressure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemInfoTest {
  private static final String V3_10 =
      """
      MemTotal:        1884060 kB
      MemFree:          120344 kB
      Buffers:            2072 kB
      Cached:          1120460 kB
      SwapCached:            0 kB
      Active:           590912 kB
      Inactive:         980204 kB
      Active(anon):     446204 kB
      Inactive(anon):     8840 kB
      Active(file):     144708 kB
      Inactive(file):   971364 kB
      Mlocked:               0 kB
      """;

  private static final String V6 =
      """
      MemTotal:       65601632 kB
      MemFree:        41211444 kB
      MemAvailable:   58034304 kB
      Buffers:          411416 kB
      Cached:         15930028 kB
      Active(file):    7024632 kB
      Inactive(file):  9263992 kB
      HugePages_Total:       0
      Hugepagesize:       2048 kB
      """;

  @Test
  void availableMemoryIsMemAvailable() throws IOException {
    assertThat(MemInfo.parse(V6))
        .isEqualTo(new MemInfo(65601632L << 10, 58034304L << 10, 41211444L << 10, 9263992L << 10));
  }

  @Test
  void availableMemoryIsFreeMemoryAndFilePagesBefore314() throws IOException {
    assertThat(MemInfo.parse(V3_10).availableBytes()).isEqualTo((120344L + 144708 + 971364) << 10);
  }

  @Test
  void availableMemoryIsFreeMemoryWithoutFilePages() throws IOException {
    assertThat(MemInfo.parse("MemTotal: 100 kB\nMemFree: 40 kB\n").availableBytes())
        .isEqualTo(40 << 10);
  }

  @Test
  void availableMemoryIsLimitedByTheTotal() throws IOException {
    String odd = "MemTotal: 100 kB\nMemFree: 40 kB\nMemAvailable: 300 kB\n";

    assertThat(MemInfo.parse(odd).availableBytes()).isEqualTo(100 << 10);
  }

  @Test
  void hugePagesAreSubtractedFromTheTotal() throws IOException {
    String pool = "MemTotal: 8192 kB\nMemFree: 40 kB\nHugePages_Total: 2\nHugepagesize: 2048 kB\n";

    assertThat(MemInfo.parse(pool).totalBytes()).isEqualTo(4096 << 10);
    assertThat(MemInfo.parse(pool + "Hugetlb: 6144 kB\n").totalBytes()).isEqualTo(2048 << 10);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "garbage",
        "MemTotal: 100 kB\n",
        "MemFree: 100 kB\n",
        "MemTotal: 0 kB\nMemFree: 0 kB\n",
        "MemTotal: many kB\nMemFree: 1 kB\n",
        "MemTotal:\nMemFree: 1 kB\n",
        "MemTotal: 99999999999999999999 kB\nMemFree: 1 kB\n",
      })
  void meminfoWithoutTotalOrFreeIsRejected(String text) {
    assertThatIOException()
        .isThrownBy(() -> MemInfo.parse(text))
        .withMessage("no MemTotal or no MemFree in meminfo");
  }
}
