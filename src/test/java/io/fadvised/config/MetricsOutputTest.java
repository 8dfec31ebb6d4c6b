package io.fadvised.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsOutputTest {
  private ConfigDirectory config;

  @BeforeEach
  void prepareDirectory(@TempDir Path temporary) {
    config = new ConfigDirectory(temporary);
  }

  @Test
  void fileAndAddressAreRead() throws InvalidSettingsException {
    MetricsOutput output =
        config
            .settings("fadvised.metrics { textfile = /a/b.prom, listen = \"127.0.0.1:9404\" }")
            .metrics();

    assertThat(output.textfile()).contains(Path.of("/a/b.prom"));
    assertThat(output.listen())
        .contains(new InetSocketAddress(InetAddress.getLoopbackAddress(), 9404));
    assertThat(output.warning()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"[::1]:1024", "127.1.2.3:65535"})
  void loopbackAddressHasNoWarning(String address) throws InvalidSettingsException {
    assertThat(listen(address).warning()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0:9404", "[::]:9404", "192.0.2.1:9404", "[2001:db8::1]:9404"})
  void addressThatOtherHostsReachHasAWarning(String address) throws InvalidSettingsException {
    assertThat(listen(address).warning()).hasValueSatisfying(w -> assertThat(w).contains("9404"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "listen = 9404 | \"9404\" is not text",
        "listen = \"127.0.0.1\" | \"127.0.0.1\" is not ADDRESS:PORT, such as 127.0.0.1:9404 or [::1]:9404",
        "listen = \"127.0.0.1:\" | \"127.0.0.1:\" is not ADDRESS:PORT, such as 127.0.0.1:9404 or [::1]:9404",
        "listen = \"::1:9404\" | \"::1:9404\" is not ADDRESS:PORT, such as 127.0.0.1:9404 or [::1]:9404",
        "listen = \":9404\" | \":9404\" does not start with an IP address; names are not resolved",
        "listen = \"localhost:9404\" | \"localhost:9404\" does not start with an IP address; names are not resolved",
        "listen = \"127.0.1:9404\" | \"127.0.1:9404\" does not start with an IP address; names are not resolved",
        "listen = \"256.0.0.1:9404\" | \"256.0.0.1:9404\" does not start with an IP address; names are not resolved",
        "listen = \"[127.0.0.1]:9404\" | \"[127.0.0.1]:9404\" does not start with an IP address; names are not resolved",
        "listen = \"[1:2]:9404\" | \"[1:2]:9404\" does not start with an IP address; names are not resolved",
        "listen = \"127.0.0.1:80\" | port 80 of \"127.0.0.1:80\" is not from 1024 to 65535",
        "listen = \"127.0.0.1:65536\" | port 65536 of \"127.0.0.1:65536\" is not from 1024 to 65535",
        "textfile = fadvised.prom | \"fadvised.prom\" is not an absolute path that ends in .prom",
        "textfile = /a/fadvised.txt | \"/a/fadvised.txt\" is not an absolute path that ends in .prom",
        "textfile = true | \"true\" is not text"
      })
  void badValueIsAProblem(String setting, String problem) {
    String key = setting.substring(0, setting.indexOf(' '));

    assertThat(config.problems("fadvised.metrics." + setting))
        .containsExactly("fadvised.conf:1: fadvised.metrics." + key + ": " + problem);
  }

  private MetricsOutput listen(String address) throws InvalidSettingsException {
    return config.settings("fadvised.metrics.listen = \"" + address + "\"").metrics();
  }
}
