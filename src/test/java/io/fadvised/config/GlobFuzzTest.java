package io.fadvised.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fadvised.fuzz.Bounds;
import io.fadvised.fuzz.Pieces;
import java.util.List;

class GlobFuzzTest {

  @FuzzTest
  void anyTextIsAPatternOrRejectedAndCanBeAName(byte[] input) throws Exception {
    List<String> pieces = Pieces.of(input, 2);
    String pattern = new String(Pieces.bytes(pieces.get(0)), UTF_8);
    String name = "/" + new String(Pieces.bytes(pieces.get(1)), UTF_8);

    try {
      Glob glob = Bounds.within(() -> Glob.of(pattern));
      Bounds.within(() -> glob.matches("loop0", name));
      assertThat(glob).hasToString(pattern);
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).startsWith("\"").hasSizeLessThan(500);
    }
    String literal = name.replaceAll("[*\\[{\\\\]", "?");
    if (!literal.matches("(?s).*(//|/\\.\\.?(/|$)|/$).*|/dev/loop[0-9?]+")) {
      assertThat(Glob.of(literal).matches("loop0", name)).isTrue();
      assertThat(Glob.of(literal).matches("loop0", name + "x")).isFalse();
    }
    assertThat(Glob.of("/**").matches("loop0", name)).isTrue();
    assertThat(Glob.of("/*").matches("loop0", name)).isEqualTo(name.lastIndexOf('/') == 0);
  }
}
