package io.fadvised.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {

  @ParameterizedTest
  @ValueSource(strings = {"", "/srv/a b.img", "/srv/größe/日本語.img", "/\ud83d\ude80", "\ufffd"})
  void ordinaryTextIsUnchanged(String text) {
    assertThat(Printable.of(text)).isEqualTo(text);
  }

  @Test
  void controlCharactersAreEscaped() {
    assertThat(Printable.of("a\nb\tc\rd\\e")).isEqualTo("a\\nb\\tc\\rd\\\\e");
    assertThat(Printable.of("\u001b[2J\u0007\u0000\u007f"))
        .isEqualTo("\\u001b[2J\\u0007\\u0000\\u007f");
    assertThat(Printable.of("\u009b31m")).isEqualTo("\\u009b31m"); // CSI in one character
  }

  @Test
  void charactersThatReorderOrHideTextAreEscaped() {
    assertThat(Printable.of("\u202egmi.exe\u2066\u2069")).isEqualTo("\\u202egmi.exe\\u2066\\u2069");
    assertThat(Printable.of("a\u200bb\ufeff")).isEqualTo("a\\u200bb\\ufeff");
    assertThat(Printable.of("a\u2028b\u2029c\u0085")).isEqualTo("a\\u2028b\\u2029c\\u0085");
    assertThat(Printable.of("\u0378")).isEqualTo("\\u0378"); // no character, as yet
  }

  @Test
  void loneSurrogateIsEscaped() {
    assertThat(Printable.of("a\ud800b")).isEqualTo("a\\ud800b");
  }

  @Test
  void backslashIsDoubledSoThatEscapesCannotBeForged() {
    assertThat(Printable.of("\\n")).isEqualTo("\\\\n").isNotEqualTo(Printable.of("\n"));
  }
}
