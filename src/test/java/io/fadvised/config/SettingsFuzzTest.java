package io.fadvised.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fadvised.fuzz.Bounds;
import io.fadvised.fuzz.Pieces;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;

class SettingsFuzzTest {
  @TempDir private static Path directory;

  @FuzzTest
  void anyFileAndArgumentGiveSettingsOrProblems(byte[] input) throws Exception {
    List<String> pieces = Pieces.of(input, 2);
    Path file = Files.write(directory.resolve("fadvised.conf"), Pieces.bytes(pieces.get(0)));
    if (pieces.get(0).split("\\$\\{", -1).length > 10) {
      return; // substitutions that double at each step have no bound; only root writes them
    }
    String argument = new String(Pieces.bytes(pieces.get(1)), UTF_8);
    List<String> sets = argument.isEmpty() ? List.of() : List.of(argument);

    try {
      EffectiveSettings loaded = Bounds.within(() -> SettingsLoader.load(Optional.of(file), sets));
      Path rendered = Files.writeString(directory.resolve("rendered.conf"), loaded.render());
      assertThat(SettingsLoader.load(Optional.of(rendered), List.of()).settings())
          .isEqualTo(loaded.settings());
    } catch (InvalidSettingsException e) {
      assertThat(e.problems())
          .isNotEmpty()
          .allSatisfy(problem -> assertThat(problem.message()).isNotBlank());
      assertThat(e.getMessage()).hasSizeLessThan(1 << 20);
    }
  }
}
