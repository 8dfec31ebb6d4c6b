package io.fadvised.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.status.Instance;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JsonElementsTest {
  private static final Instance DAEMON = new Instance(42, "1.2.3", "2025", Optional.empty());
  private static final String RECORD =
      "{\"pid\":42,\"version\":\"1.2.3\",\"startedAt\":\"2025\",\"configFile\":null}";

  private static String next(JsonElements elements, int minBytes) {
    return new String(elements.next(minBytes), UTF_8);
  }

  @Test
  void piecesTogetherAreTheElementsOfAnArray() {
    JsonElements records = new JsonElements(Collections.nCopies(3, DAEMON).iterator());

    assertThat(next(records, 1)).isEqualTo(RECORD);
    assertThat(records.hasNext()).isTrue();
    assertThat(next(records, 1000)).isEqualTo("," + RECORD + "," + RECORD);
    assertThat(records.hasNext()).isFalse();
    assertThat(next(records, 1000)).isEmpty();
  }

  @Test
  void textIsQuotedAndItsControlCharactersAreEscaped() {
    JsonElements texts =
        new JsonElements(List.of("a\n", "\u007f\u009b\uD83D\uDE00", "").iterator());

    assertThat(next(texts, 1000)).isEqualTo("\"a\\n\",\"\\u007F\\u009B\uD83D\uDE00\",\"\"");
  }

  @Test
  void pieceEndsAfterTheElementThatFillsIt() {
    String text = "x".repeat(10_000);
    JsonElements texts = new JsonElements(Collections.nCopies(5, text).iterator());

    assertThat(next(texts, 16_000)).hasSize(2 * 10_002 + 1);
  }
}
