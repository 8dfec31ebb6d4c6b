package io.fadvised.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
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
        "/a/*.img /a/.img",
        "/a/** /a/b/c",
        "/a/**/c /a/x/y/c",
        "/a/*b*b /a/abcbb",
        "/a/**b/*/c /a/b/x/b/y/c",
        "/a/?.img /a/ä.img",
        "/a/?.img /a/😀.img",
        "/a/*** /a/b/c",
        "/a,b} /a,b}",
        "/a] /a]",
        "/a.b /a.b",
        "/dev/shm/loop7 /dev/shm/loop7",
        "/dev/loops/** /dev/loops/a",
      })
  void patternMatchesTheWholeBackingPath(String pattern, String path) {
    assertThat(Glob.of(pattern).matches("loop0", path)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "/a/*.img /a/b/c.img",
        "/a/? /a//",
        "/a/? /a/bc",
        "/a/*/c /a/c",
        "/a/**/c /a/c",
        "/a.b /axb",
        "/a /a/b",
        "/a/b /a",
        "/A /a",
      })
  void patternDoesNotMatchOtherBackingPaths(String pattern, String path) {
    assertThat(Glob.of(pattern).matches("loop0", path)).isFalse();
  }

  @Test
  void patternWithoutLeadingSlashIsComparedWithTheDeviceName() {
    assertThat(Glob.of("loop3").matches("loop3", "/x")).isTrue();
    assertThat(Glob.of("loop*").matches("loop31", "/x")).isTrue();
    assertThat(Glob.of("loop3").matches("loop31", "/loop3")).isFalse();
    assertThat(Glob.of("*").matches("loop0", "/any/where")).isTrue();
    assertThat(Glob.of("/loop3").matches("/loop3", "/x")).isFalse();
  }

  @Test
  void wildcardsMatchNewlinesAndLoneSurrogates() {
    assertThat(Glob.of("/a/*").matches("loop0", "/a/b\nc")).isTrue();
    assertThat(Glob.of("/a/**").matches("loop0", "/a/\r\n/c\u0000")).isTrue();
    assertThat(Glob.of("/a/?").matches("loop0", "/a/\ud800")).isTrue();
  }

  /** Over an alphabet so small that most patterns match some of the names. */
  @Test
  void globAgreesWithARegularExpression() {
    Random random = new Random(15);
    for (int i = 0; i < 20_000; i++) {
      String pattern = ("/" + text(random, "a*?b*/c")).replaceAll("/+", "/").replaceAll("/$", "");
      String name = "/" + text(random, "ab/c");
      String regex =
          pattern
              .replace("?", "[^/]")
              .replace("**", "<>")
              .replace("*", "[^/]*")
              .replace("<>", ".*");

      if (!pattern.isEmpty()) {
        assertThat(Glob.of(pattern).matches("loop0", name))
            .as("%s matches %s", pattern, name)
            .isEqualTo(name.matches(regex));
      }
    }
  }

  private static String text(Random random, String alphabet) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(8); i > 0; i--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/**/**/**/x", "/**a**a**a**a**a**a**b", "/*a*a*a*a*a*a*a*b"})
  @Timeout(5)
  void hostileNameIsMatchedInBoundedTime(String pattern) {
    String name = "/".repeat(2048) + "a".repeat(2048);

    assertThat(Glob.of(pattern).matches("loop0", name)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/[abc] | contains [; only *, ** and ? are special, and ? matches any one character",
        "/{a,b} | contains {; only *, ** and ? are special, and ? matches any one character",
        "/a\\* | contains \\; only *, ** and ? are special, and ? matches any one character",
        "'' | is an empty pattern",
      })
  void syntaxOfOtherToolsIsRejected(String pattern, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Glob.of(pattern))
        .withMessage("\"" + pattern + "\" " + why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/dev/loop7 | matches no backing file; write \"loop7\" for the device",
        "/dev/loop* | matches no backing file; write \"loop*\" for the device",
        "/dev/loop1? | matches no backing file; write \"loop1?\" for the device",
        "/srv/db/ | matches no file; write \"/srv/db/**\"",
        "/ | matches no file; write \"/**\"",
        "/srv//db | matches no path: the kernel reports paths without //, /. and /..",
        "/srv/./db | matches no path: the kernel reports paths without //, /. and /..",
        "/srv/.. | matches no path: the kernel reports paths without //, /. and /..",
        "srv/db/** | matches no loop device; write a name such as loop3, or start a path with /",
        "sda | matches no loop device; write a name such as loop3, or start a path with /",
        "loop | matches no loop device; write a name such as loop3, or start a path with /",
        "loop3p1 | matches no loop device; write a name such as loop3, or start a path with /",
        "loop12345678 | matches no loop device; write a name such as loop3, or start a path with /",
        "??? | matches no loop device; write a name such as loop3, or start a path with /",
      })
  void patternThatCanMatchNothingIsRejected(String pattern, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Glob.of(pattern))
        .withMessage("\"" + pattern + "\" " + why);
  }

  @ParameterizedTest
  @ValueSource(strings = {"loop0", "loop1234567", "*", "**", "l*7", "?????", "loop?", "*op1*"})
  void patternThatMatchesSomeLoopDeviceIsAccepted(String pattern) {
    assertThat(Glob.of(pattern)).hasToString(pattern);
  }

  @Test
  void globsOfTheSamePatternAreEqual() {
    assertThat(Glob.of("/a/*")).isEqualTo(Glob.of("/a/*")).hasSameHashCodeAs(Glob.of("/a/*"));
    assertThat(Glob.of("/a/*")).isNotEqualTo(Glob.of("/a/**")).hasToString("/a/*");
  }
}
