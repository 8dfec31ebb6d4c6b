package io.fadvised.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code conf/fadvised.conf} comments a default out as {@code #key} and an example indented. It is
 * generated from {@code reference.conf}; {@code src/docs/check} fails when it is stale.
 */
class ShippedConfTest {
  private static final Path CONF = Path.of("conf/fadvised.conf");
  private static final Pattern EXAMPLE = Pattern.compile("#  +(\\S.*)");

  @Test
  void shippedFileListsTheKeysOfReferenceConfWithTheirDefaults() throws IOException {
    Config reference = ConfigFactory.parseResources("reference.conf");

    assertThat(ConfigFactory.parseString(defaults())).isEqualTo(reference);
  }

  @Test
  void shippedFileIsCommentedOut() throws IOException {
    assertThat(Files.readAllLines(CONF)).allMatch(line -> line.isEmpty() || line.startsWith("#"));
  }

  @Test
  void shippedFileAndItsDefaultsChangeNothing(@TempDir Path temporary) throws Exception {
    Settings settings = SettingsLoader.load(Optional.empty(), List.of()).settings();

    assertThat(SettingsLoader.load(Optional.of(CONF), List.of()).settings()).isEqualTo(settings);
    assertThat(new ConfigDirectory(temporary).settings(defaults())).isEqualTo(settings);
  }

  @Test
  void noLineIsLongerThan110Characters() throws IOException {
    assertThat(Files.readAllLines(CONF)).allMatch(line -> line.length() <= 110);
  }

  @Test
  void examplesWork(@TempDir Path temporary) throws Exception {
    String examples =
        Files.readAllLines(CONF).stream()
            .map(EXAMPLE::matcher)
            .filter(Matcher::matches)
            .map(matcher -> matcher.group(1))
            .collect(Collectors.joining("\n"));

    Settings settings = new ConfigDirectory(temporary).settings(examples);

    assertThat(settings.devices().selection("loop7", List.of("/x")).included()).isFalse();
    assertThat(settings.devices().selection("loop1", List.of("/srv/db/a")).included()).isFalse();
    assertThat(settings.forDevice("loop1", List.of("/var/lib/images/test/a")).dryRun()).isTrue();
    assertThat(settings.forDevice("loop1", List.of("/var/lib/images/a")).capPressed())
        .contains(MemoryAmount.ofBytes(64 << 20));
  }

  private static String defaults() throws IOException {
    return Files.readAllLines(CONF).stream()
        .filter(line -> line.startsWith("#fadvised."))
        .map(line -> line.substring(1))
        .collect(Collectors.joining("\n"));
  }
}
