package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TerminalTest {
  @Test
  void columnsAreLimitedTo60To200() {
    assertThat(columns("100")).isEqualTo(100);
    assertThat(columns("20")).isEqualTo(60);
    assertThat(columns("9999")).isEqualTo(200);
  }

  @Test
  void invalidWidthIs80Columns() {
    assertThat(columns("wide")).isEqualTo(80);
    assertThat(columns("0")).isEqualTo(80);
  }

  private static int columns(String value) {
    return Terminal.ofThisProcess(Map.of("COLUMNS", value)).columns();
  }

  @Test
  void fileAndPipeAreNoTerminal() throws Exception {
    assertThat(Terminal.isTerminal(Path.of("/dev/null"))).isFalse();
    assertThat(Terminal.isTerminal(Path.of("/nowhere"))).isFalse();
  }
}
