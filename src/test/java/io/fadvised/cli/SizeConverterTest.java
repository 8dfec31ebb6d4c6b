package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

class SizeConverterTest {
  private final SizeConverter converter = new SizeConverter();

  @Test
  void unitsAreBinary() {
    assertThat(converter.convert("256MiB")).isEqualTo(256L << 20);
    assertThat(converter.convert("1 g")).isEqualTo(1L << 30);
    assertThat(converter.convert("64k")).isEqualTo(64L << 10);
    assertThat(converter.convert("4096")).isEqualTo(4096);
    assertThat(converter.convert("8589934591g")).isEqualTo(8589934591L << 30);
  }

  @Test
  void malformedOrTooLargeSizeIsRejectedAndQuoted() {
    for (String text :
        new String[] {"", "-1", "1x", "1.5g", "9999999999999", "17179869185g", "8589934592g"}) {
      assertThatExceptionOfType(TypeConversionException.class)
          .isThrownBy(() -> converter.convert(text))
          .withMessageContaining('"' + text + '"');
    }
  }
}
