package io.fadvised.pagecache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvictionTest {

  @ParameterizedTest
  @CsvSource({"100, 30, 70", "100, 0, 100", "100, 100, 0", "100, 150, 0", "0, 0, 0"})
  void releasedBytesAreTheDecreaseAndNeverNegative(long before, long after, long released) {
    assertThat(
            new Eviction(Residency.ofResident(before), Residency.ofResident(after), 1, false)
                .releasedBytes())
        .isEqualTo(released);
  }

  @ParameterizedTest
  @CsvSource({
    // resident, dirty, being written (both -1: unknown), reason for staying
    "0, 0, 0, ''",
    "0, -1, -1, ''",
    "100, -1, -1, 'dirty, mapped, in use or new'",
    "100, 60, 0, 'dirty or being written, evicted on a later sweep'",
    "100, 0, 60, 'dirty or being written, evicted on a later sweep'",
    "100, 25, 25, 'dirty or being written, evicted on a later sweep'",
    "100, 49, 0, 'mapped, in use or new'",
    "100, 0, 0, 'mapped, in use or new'",
  })
  void stayedTextHasTheKnownReason(long resident, long dirty, long writeback, String text) {
    Residency after =
        dirty < 0
            ? Residency.ofResident(resident)
            : new Residency(resident, OptionalLong.of(dirty), OptionalLong.of(writeback));

    assertThat(new Eviction(Residency.ofResident(200), after, 1, false).stayedText())
        .isEqualTo(text);
  }
}
