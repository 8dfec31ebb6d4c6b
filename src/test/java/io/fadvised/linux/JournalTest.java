package io.fadvised.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class JournalTest {
  private static final String START =
      "PRIORITY=6\nMESSAGE_ID=0123\nSYSLOG_IDENTIFIER=fadvised\nSYSLOG_FACILITY=3\n";

  @Test
  void entryHasOneLineForEachField() {
    assertThat(encoded("found", Map.of("DEVICE", "loop3")))
        .isEqualTo("MESSAGE=found\n" + START + "DEVICE=loop3\n");
  }

  /** Else the name of a file could forge a field. */
  @Test
  void valueWithANewlineHasItsLength() {
    assertThat(encoded("found", Map.of("BACKING_FILE", "/a\nDEVICE=x")))
        .isEqualTo("MESSAGE=found\n" + START + "BACKING_FILE\n\13\0\0\0\0\0\0\0/a\nDEVICE=x\n");
  }

  @Test
  void lengthCountsBytes() {
    assertThat(encoded("\u00e4\n", Map.of()))
        .startsWith("MESSAGE\n\3\0\0\0\0\0\0\0\u00c3\u00a4\n\nPRIORITY=6\n");
  }

  private static String encoded(String message, Map<String, String> fields) {
    return new String(Journal.encode(6, "0123", message, fields), ISO_8859_1);
  }
}
