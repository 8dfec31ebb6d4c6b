package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.TestHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import picocli.CommandLine;

/** Compares fadvised(8) with the commands and options. */
class ManualPageTest {
  @RegisterExtension final TestHost host = new TestHost();
  private CommandLine fadvised;

  @BeforeEach
  void putTogether() {
    fadvised = CommandLines.of(Worlds.of(host, Worlds.NO_DAEMON));
    fadvised.setCommandName("fadvised");
  }

  @Test
  void manualDocumentsEveryCommandAndOption() throws IOException {
    String page = Files.readString(Path.of("src/main/man/fadvised.8")).replace("\\-", "-");

    for (Map.Entry<String, CommandLine> command : fadvised.getSubcommands().entrySet()) {
      String section = sectionOf(page, command.getKey());
      command.getValue().getCommandSpec().options().stream()
          .filter(option -> !option.inherited())
          .flatMap(option -> Arrays.stream(option.names()))
          .forEach(name -> assertThat(section).as(command.getKey()).contains(name));
    }
    fadvised.getCommandSpec().options().stream()
        .flatMap(option -> Arrays.stream(option.names()))
        .forEach(name -> assertThat(page).contains(name));
  }

  /** Returns the paragraph about a command. */
  private static String sectionOf(String page, String command) {
    int start = page.indexOf(".TP\n.B " + command);
    assertThat(start).as(command).isPositive();
    int end = page.indexOf("\n.TP\n", start + 1);
    return page.substring(start, end < 0 ? page.length() : end);
  }
}
