package io.fadvised.pressure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VmStatTest {
  private static final String V3_10 =
      """
      nr_free_pages 30086
      pgfault 1234
      pgsteal_kswapd_dma 5
      pgsteal_kswapd_normal 20
      pgsteal_direct_normal 30
      pgscan_kswapd_dma 1
      pgscan_kswapd_dma32 20
      pgscan_kswapd_normal 300
      pgscan_kswapd_movable 0
      pgscan_direct_dma 0
      pgscan_direct_dma32 7
      pgscan_direct_normal 8
      pgscan_direct_movable 0
      pgscan_direct_throttle 99
      slabs_scanned 1111
      pageoutrun 5
      allocstall 6
      pgrotated 77
      """;

  private static final String V4_18 =
      """
      workingset_refault 1000
      workingset_activate 500
      workingset_nodereclaim 3
      pgskip_normal 0
      allocstall_dma 0
      allocstall_dma32 1
      allocstall_normal 2
      allocstall_movable 4
      pgsteal_kswapd 50
      pgsteal_direct 60
      pgscan_kswapd 700
      pgscan_direct 80
      pgscan_direct_throttle 9
      """;

  private static final String V6 =
      """
      workingset_nodes 10
      workingset_refault_anon 7
      workingset_refault_file 2000
      workingset_activate_file 1
      workingset_restore_file 2
      allocstall_dma 0
      allocstall_normal 3
      allocstall_movable 5
      allocstall_device 0
      pgsteal_kswapd 50
      pgscan_kswapd 900
      pgscan_direct 30
      pgscan_khugepaged 11
      pgscan_direct_throttle 9
      pgscan_anon 1
      pgscan_file 5929
      """;

  @Test
  void kernel310CountsByZoneWithoutRefaults() {
    assertThat(VmStat.parse(V3_10)).isEqualTo(new VmStat(0, 336, 6, 55, 0));
  }

  @Test
  void kernel418CountsStallsByZone() {
    assertThat(VmStat.parse(V4_18)).isEqualTo(new VmStat(1000, 780, 7, 110, 0));
  }

  @Test
  void kernel6SeparatesFileRefaultsFromAnonymousOnes() {
    assertThat(VmStat.parse(V6)).isEqualTo(new VmStat(2000, 930, 8, 50, 5930));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n\n",
        "workingset_refault_file",
        "workingset_refault_file x",
        "pgscan_kswapd ",
        "allocstall 99999999999999999999",
      })
  void missingOrInvalidCounterIsZero(String text) {
    assertThat(VmStat.parse(text)).isEqualTo(new VmStat(0, 0, 0, 0, 0));
  }
}
