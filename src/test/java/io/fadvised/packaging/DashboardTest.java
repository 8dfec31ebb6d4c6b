package io.fadvised.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The Grafana dashboard; MonitoringIT checks its metrics. */
class DashboardTest {
  private static final Path DASHBOARD = Path.of("packaging/monitoring/grafana-dashboard.json");

  @Test
  void documentationListsThePanels() throws IOException {
    List<String> titles =
        ConfigFactory.parseFile(
                DASHBOARD.toFile(), ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON))
            .getConfigList("panels")
            .stream()
            .map(panel -> panel.getString("title"))
            .toList();

    List<String> documented =
        Files.readAllLines(Path.of("src/docs/operations.md")).stream()
            .dropWhile(line -> !line.equals("| panel | shows |"))
            .skip(2) // the line below, too
            .takeWhile(line -> line.startsWith("| "))
            .map(line -> line.split(" *\\| *", -1)[1])
            .toList();

    assertThat(documented).isEqualTo(titles).isNotEmpty();
  }
}
