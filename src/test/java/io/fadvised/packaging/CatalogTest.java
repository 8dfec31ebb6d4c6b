package io.fadvised.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.MessageIds;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The catalog of the journal; journalctl itself reads it in packaging/test/deb. */
class CatalogTest {
  private static final Path CATALOG = Path.of("systemd/fadvised.catalog");

  @Test
  void everyKindOfEntryIsExplainedOnce() throws Exception {
    List<String> explained = found("(?m)^-- ([0-9a-f]{32})$");
    Set<String> known = new TreeSet<>();
    for (Field id : MessageIds.class.getDeclaredFields()) {
      known.add((String) id.get(null));
    }

    assertThat(explained).containsExactlyInAnyOrderElementsOf(known);
  }

  @Test
  void explanationsNameFieldsThatAreSent() throws IOException {
    String sources =
        Files.readString(Path.of("src/main/java/io/fadvised/engine/ReportLog.java"))
            + Files.readString(Path.of("src/main/java/io/fadvised/Fadvised.java"))
            + Files.readString(Path.of("src/main/java/io/fadvised/control/Orders.java"));

    assertThat(found("@([A-Z_]+)@"))
        .isNotEmpty()
        .allMatch(name -> sources.contains('"' + name + '"'));
  }

  private static List<String> found(String pattern) throws IOException {
    return Pattern.compile(pattern)
        .matcher(Files.readString(CATALOG))
        .results()
        .map((MatchResult match) -> match.group(1))
        .toList();
  }
}
