package io.fadvised.pagecache;

import static io.fadvised.pagecache.ResidencyProbe.WINDOW_BYTES;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WindowsTest {
  private static final long PAGE = 4096;

  private static List<ByteRange> windows(ByteRange range) {
    List<ByteRange> windows = new ArrayList<>();
    for (long index = 0; index < Windows.countOf(range); index++) {
      windows.add(Windows.at(range, index));
    }
    return windows;
  }

  @Test
  void anEmptyRangeHasNoWindow() {
    assertThat(windows(new ByteRange(0, 0))).isEmpty();
    assertThat(windows(new ByteRange(5 * WINDOW_BYTES + PAGE, 0))).isEmpty();
  }

  @Test
  void aRangeIsCutAtMultiplesOfTheWindow() {
    assertThat(windows(new ByteRange(WINDOW_BYTES - PAGE, WINDOW_BYTES + 2 * PAGE)))
        .containsExactly(
            new ByteRange(WINDOW_BYTES - PAGE, PAGE),
            new ByteRange(WINDOW_BYTES, WINDOW_BYTES),
            new ByteRange(2 * WINDOW_BYTES, PAGE));
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "0, 134217728", "0, 134217729", "4096, 999999999", "1048576, 300000000"})
  void theWindowsOfARangeAreTheRange(long offset, long length) {
    ByteRange range = new ByteRange(offset, length);
    long next = offset;
    for (ByteRange window : windows(range)) {
      assertThat(window.offset()).isEqualTo(next);
      assertThat(window.length()).isBetween(1L, WINDOW_BYTES);
      next = window.end();
    }
    assertThat(next).isEqualTo(range.end());
  }

  @Test
  void theLastWindowOfTheLargestFileEndsWithIt() {
    ByteRange tail = new ByteRange(Long.MAX_VALUE - WINDOW_BYTES + 1, WINDOW_BYTES - 1);

    assertThat(windows(tail)).containsExactly(tail);
  }
}
