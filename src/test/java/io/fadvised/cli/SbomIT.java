package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Compares the SBOM with the shipped jars. */
class SbomIT {
  private static final Path SBOM = Path.of("target/sbom.cdx.json");

  private Config sbom;

  @BeforeEach
  void read() {
    sbom =
        ConfigFactory.parseFile(
            SBOM.toFile(), ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
  }

  @Test
  void sbomListsExactlyTheShippedJars() throws Exception {
    Map<String, String> listed = new TreeMap<>();
    for (Config component : sbom.getConfigList("components")) {
      listed.put(component.getString("name"), hash(component));
    }
    assertThat(listed.values())
        .isNotEmpty()
        .containsExactlyInAnyOrderElementsOf(shipped().values());
  }

  @Test
  void sbomIsReproducible() throws Exception {
    assertThat(sbom.hasPath("serialNumber")).isFalse();
    assertThat(sbom.hasPath("metadata.timestamp")).isFalse();
    assertThat(Files.readString(SBOM)).doesNotContain(Path.of("").toAbsolutePath().toString());
  }

  private static String hash(Config component) {
    return component.getConfigList("hashes").stream()
        .filter(hash -> hash.getString("alg").equals("SHA-256"))
        .map(hash -> hash.getString("content"))
        .findFirst()
        .orElseThrow();
  }

  /** Returns hashes by file name, without our own jar. */
  private static Map<String, String> shipped() throws Exception {
    Map<String, String> hashes = new TreeMap<>();
    Path lib = Path.of(System.getProperty("fadvised.home"), "lib");
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(lib, "*.jar")) {
      for (Path jar : jars) {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar));
        hashes.put(jar.getFileName().toString(), HexFormat.of().formatHex(hash));
      }
    }
    assertThat(hashes.remove("fadvised.jar")).isNotNull();
    return hashes;
  }
}
