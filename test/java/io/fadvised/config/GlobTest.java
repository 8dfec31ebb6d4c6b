package io.fadvised.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GlobTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "/a/*.img /a/b.img",
        "/a/** /a/b/c",
        "/a/**/c /a/x/y/c",
        "/a/?.img /a/ä.img",
        "/a/?.img /a/😀.img",
        "/a/[abc] /a/b",
        "/a/[a-c] /a/c",
        "/a/[!a-c] /a/d",
        "/a/[]x] /a/]",
        "/a/[a-] /a/-",
        "/a/[\\]] /a/]",
        "/{a,b/*}/c /b/x/c",
        "/{a,{b,c}}/d /c/d",
        "/a{,b} /a",
        "/a\\* /a*",
        "/a,b} /a,b}",
        "/a.b /a.b",
      })
  void matchesTheWholeBackingPath(String pattern, String path) {
    assertThat(Glob.of(pattern).matches("loop0", path)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "/a/*.img /a/b/c.img",
        "/a/? /a//",
        "/a/[!b] /a//",
        "/a/[+-0] /a//",
        "/a/[!a-c] /a/b",
        "/a\\* /ab",
        "/a.b /axb",
        "/a /a/b",
        "/a/b /a",
        "/{a,b}/c /a/b/c",
        "/A /a",
      })
  void refusesOtherBackingPaths(String pattern, String path) {
    assertThat(Glob.of(pattern).matches("loop0", path)).isFalse();
  }

  @Test
  void comparesAPatternWithoutLeadingSlashWithTheDeviceName() {
    assertThat(Glob.of("loop3").matches("loop3", "/x")).isTrue();
    assertThat(Glob.of("loop*").matches("loop31", "/x")).isTrue();
    assertThat(Glob.of("loop3").matches("loop31", "/loop3")).isFalse();
    assertThat(Glob.of("*").matches("loop0", "/any/where")).isTrue();
    assertThat(Glob.of("/loop3").matches("/loop3", "/x")).isFalse();
  }

  @Test
  void letsWildcardsMatchNewlinesAndLoneSurrogates() {
    assertThat(Glob.of("/a/*").matches("loop0", "/a/b\nc")).isTrue();
    assertThat(Glob.of("/a/**").matches("loop0", "/a/\r\n/c\u0000")).isTrue();
    assertThat(Glob.of("/a/?").matches("loop0", "/a/\ud800")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/**/**/**/x", "/{*,**}{*,**}{*,**}{*,**}{*,**}x", "/*a*a*a*a*a*a*a*b"})
  @Timeout(5)
  void needsNoLongTimeForAHostileName(String pattern) {
    String name = "/".repeat(2048) + "a".repeat(2048);

    assertThat(Glob.of(pattern).matches("loop0", name)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "/[abc without",
        "/[ without",
        "/{a,b without",
        "/a\\ backslash",
        "/[z-a] high",
      })
  void refusesAMalformedPatternAndQuotesIt(String pattern, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Glob.of(pattern))
        .withMessageStartingWith("\"" + pattern + "\"")
        .withMessageContaining(why);
  }

  @Test
  void refusesEmptyOverlongAndDeeplyNestedPatterns() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Glob.of(""))
        .withMessageContaining("\"\"");
    assertThatIllegalArgumentException().isThrownBy(() -> Glob.of("a".repeat(4097)));
    assertThatIllegalArgumentException().isThrownBy(() -> Glob.of("{".repeat(4000)));
    assertThatNoException().isThrownBy(() -> Glob.of("a".repeat(4096)));
  }

  @Test
  void equalsAGlobOfTheSamePattern() {
    assertThat(Glob.of("/a/*")).isEqualTo(Glob.of("/a/*")).hasSameHashCodeAs(Glob.of("/a/*"));
    assertThat(Glob.of("/a/*")).isNotEqualTo(Glob.of("/a/**")).hasToString("/a/*");
  }
}
