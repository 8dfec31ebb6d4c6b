package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiskStatsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        // 3.10: 11 counters
        "   7       3 loop3 52 0 416 14 20 3 800 6 0 20 20",
        // 4.18: 15 counters, with discards
        "   7       3 loop3 52 0 416 14 20 3 800 6 0 20 20 1 0 8 0",
        // 5.5 and later: 17 counters, with flushes
        "   7       3 loop3 52 0 416 14 20 3 800 6 0 20 20 1 0 8 0 2 1",
      })
  void lineOfEveryKernelCountsSectorsOf512Bytes(String line) {
    assertThat(parse(line + "\n"))
        .containsExactly(Map.entry("loop3", new IoCounters(416 * 512, 800 * 512)));
  }

  @Test
  void onlyLoopDevicesOfAFileAreParsed() {
    String text =
        """
           8       0 sda 16402 5471 1184030 6071 13817 15108 1012130 20170 0 13712 29116 0 0 0 0 2374 2874
           8       1 sda1 16111 4420 1170950 6009 13815 15108 1012130 20169 0 13680 26178 0 0 0 0 0 0
           7       0 loop0 1 0 2 0 0 0 0 0 0 4 0 0 0 0 0 0 0
           7      10 loop10 0 0 0 0 3 0 24 0 0 4 0 0 0 0 0 0 0
         259       0 nvme0n1 1 0 8 0 0 0 0 0 0 0 0 0 0 0 0 0 0
        """;

    assertThat(parse(text))
        .containsOnly(
            Map.entry("loop0", new IoCounters(1024, 0)),
            Map.entry("loop10", new IoCounters(0, 24 * 512)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n\n",
        " loop",
        "7 0 loop0",
        "7 0 loop0 1 2 three 4 5 6 7 8 9",
        "7 0 loop0 1 2 3 4 5 6 99999999999999999999 8 9",
        "7 0 loop0 1 2 9223372036854775807 4 5 6 7 8 9",
        "\u0000\u0001 loop0 \u00ff",
      })
  void malformedLineIsIgnored(String garbage) {
    assertThat(parse(garbage + "\n   7 1 loop1 0 0 1 0 0 0 0 0 0 0 0\n"))
        .containsExactly(Map.entry("loop1", new IoCounters(512, 0)));
  }

  @Test
  void diskstatsIsReadBelowTheRoot(@TempDir Path proc) throws IOException {
    assertThatIOException().isThrownBy(() -> new DiskStats(proc).read());

    Files.writeString(proc.resolve("diskstats"), "7 0 loop0 1 0 8 0 0 0 0 0 0 0 0\n");

    assertThat(new DiskStats(proc).read()).containsKey("loop0");
  }

  @Test
  void unchangedCountersAreKept() {
    DiskStats diskStats = new DiskStats(Path.of("/proc"));
    IoCounters first = parse(diskStats, line(0, 8) + line(1, 8)).get("loop0");

    Map<String, IoCounters> later = parse(diskStats, line(0, 8) + line(1, 9));

    assertThat(later.get("loop0")).isSameAs(first);
    assertThat(later).containsEntry("loop1", new IoCounters(9 * 512, 0));
  }

  @Test
  void linesAreFoundAfterDevicesAppearAndDisappear() {
    DiskStats diskStats = new DiskStats(Path.of("/proc"));
    parse(diskStats, line(0, 1) + line(1, 2) + line(3, 3));

    assertThat(parse(diskStats, line(0, 1) + line(2, 5) + line(3, 4) + line(4, 6)))
        .containsOnly(entry(0, 1), entry(2, 5), entry(3, 4), entry(4, 6));
    assertThat(parse(diskStats, line(2, 5) + line(3, 7))).containsOnly(entry(2, 5), entry(3, 7));
    assertThat(parse(diskStats, "")).isEmpty();
  }

  @Test
  void fileOfManyPagesIsReadCompletely(@TempDir Path proc) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 1000; i++) {
      lines.append(line(i, i));
    }
    Files.writeString(proc.resolve("diskstats"), lines);
    DiskStats diskStats = new DiskStats(proc);

    for (int round = 0; round < 2; round++) {
      assertThat(diskStats.read()).hasSize(1000).contains(entry(0, 0), entry(999, 999));
    }
  }

  private static String line(int device, int sectors) {
    return "7 %d loop%d 1 0 %d 0 0 0 0 0 0 0 0\n".formatted(device, device, sectors);
  }

  private static Map.Entry<String, IoCounters> entry(int device, int sectors) {
    return Map.entry("loop" + device, new IoCounters(sectors * 512L, 0));
  }

  private static Map<String, IoCounters> parse(String text) {
    return parse(new DiskStats(Path.of("/proc")), text);
  }

  private static Map<String, IoCounters> parse(DiskStats diskStats, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    return diskStats.parse(bytes, bytes.length);
  }
}
