package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.TestHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import picocli.AutoComplete;
import picocli.CommandLine;

/**
 * Compares the completion of each shell with the commands and options. With {@code
 * -Dfadvised.completion.update=true} the files are written instead.
 */
class CompletionTest {
  private static final Path DIRECTORY = Path.of("src/main/completion");

  @RegisterExtension final TestHost host = new TestHost();
  private CommandLine fadvised;

  @BeforeEach
  void putTogether() {
    fadvised = CommandLines.of(Worlds.of(host, Worlds.NO_DAEMON));
    fadvised.setCommandName("fadvised");
  }

  @Test
  void completionForBashMatchesTheCommands() throws IOException {
    assertMatches("fadvised", AutoComplete.bash("fadvised", fadvised));
  }

  @Test
  void completionForZshMatchesTheCommands() throws IOException {
    assertMatches("_fadvised", new CompletionScripts(fadvised).zsh());
  }

  @Test
  void completionForFishMatchesTheCommands() throws IOException {
    assertMatches("fadvised.fish", new CompletionScripts(fadvised).fish());
  }

  private static void assertMatches(String name, String text) throws IOException {
    Path file = DIRECTORY.resolve(name);
    if (Boolean.getBoolean("fadvised.completion.update")) {
      Files.writeString(file, text);
    }
    assertThat(file).hasContent(text);
  }
}
