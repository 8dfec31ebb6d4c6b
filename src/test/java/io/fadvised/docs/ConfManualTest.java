package io.fadvised.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ConfManualTest {
  @Test
  void thePageSaysWhatReferenceConfSays() throws IOException {
    assertThat(Path.of("src/main/man/fadvised.conf.5")).hasContent(ConfManual.page());
  }

  @Test
  void everyKeyHasItsPlaceAndItsDefault() throws IOException {
    String page = ConfManual.page().replace("\\-", "-");

    ConfigFactory.parseResources("reference.conf")
        .entrySet()
        .forEach(entry -> assertThat(page).contains(".B " + entry.getKey().replace("\"", "")));
    assertThat(page).contains("Default: 20%");
  }

  @Test
  void whatTroffWouldTakeForItsOwnIsEscaped() {
    String page =
        ConfManual.page(
            """
            # .B is no request, 'nor is this
            # a \\ backslash
            #   x    a table
            #   -y   of two lines
            # and on
            fadvised.a-b = "/x"
            """);

    assertThat(page)
        .contains(".B fadvised.a\\-b\nDefault: \"/x\"\n")
        .contains("\\&.B is no request")
        .contains("a \\e backslash")
        .contains(".nf\nx    a table\n\\-y   of two lines\n.fi\nand on\n");
  }
}
