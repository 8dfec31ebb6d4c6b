package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BytesTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1, 1 B",
    "1023, 1023 B",
    "1024, 1 KiB",
    "1536, 1.5 KiB",
    "102400, 100 KiB",
    "104448, 102 KiB",
    "1048576, 1 MiB",
    "12884901888, 12 GiB",
    "13207024435, 12.3 GiB",
    "1099511627776, 1 TiB",
    "9223372036854775807, 8 EiB",
    "-1536, -1.5 KiB",
  })
  void amountIsFormattedInTheLargestUnit(long bytes, String text) {
    assertThat(Bytes.text(bytes)).isEqualTo(text);
  }
}
