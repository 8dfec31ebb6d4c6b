package io.fadvised.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsLoaderTest {
  private Path temporary;
  private ConfigDirectory config;

  @BeforeEach
  void prepareDirectory(@TempDir Path temporary) {
    this.temporary = temporary;
    config = new ConfigDirectory(temporary);
  }

  @Test
  void defaultsApplyWithoutFileAndArguments() throws InvalidSettingsException {
    assertThat(SettingsLoader.load(Optional.empty(), List.of()).settings())
        .isEqualTo(
            new Settings(
                new Interval(Duration.ofMillis(500), Duration.ofSeconds(60)),
                new BudgetAmounts(MemoryAmount.ofPercent(20), MemoryAmount.ofPercent(1)),
                new BudgetAmounts(MemoryAmount.ofPercent(20), MemoryAmount.ofPercent(1)),
                new Devices(List.of(Glob.of("*")), List.of(), List.of()),
                false,
                DirectIoMode.REPORT,
                LogLevel.INFO,
                MetricsOutput.NONE));
  }

  @Test
  void argumentsOverrideTheFileAndTheFileOverridesDefaults() throws InvalidSettingsException {
    Settings settings =
        config.settings(
            "fadvised { interval { min = 2s, max = 30s }, log.level = debug }",
            "interval.max=20s",
            "fadvised.log.level=error",
            "interval.max=25s");

    assertThat(settings.interval())
        .isEqualTo(new Interval(Duration.ofSeconds(2), Duration.ofSeconds(25)));
    assertThat(settings.logLevel()).isEqualTo(LogLevel.ERROR);
    assertThat(settings.dryRun()).isFalse();
  }

  @Test
  void argumentsAreHocon() throws InvalidSettingsException {
    Settings settings =
        config.settings("", "devices.exclude=[\"loop7\", \"/srv/**\"]", "interval={min=2s}");

    assertThat(settings.devices().exclude()).containsExactly(Glob.of("loop7"), Glob.of("/srv/**"));
    assertThat(settings.interval().min()).hasSeconds(2);
    assertThat(settings.interval().max()).hasSeconds(60);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "devices.exclude=/a/**,loop7",
        "fadvised.devices.exclude= /a/** , loop7 ",
        "devices.exclude=\"/a/**,loop7\"",
        "devices.exclude=[\"/a/**\", loop7]",
        "devices.exclude=${list}",
        "devices.exclude=${hocon}",
      })
  void listOnTheCommandLineMayBePlainText(String argument) throws InvalidSettingsException {
    assertThat(
            SettingsLoader.load(
                    Optional.empty(),
                    List.of(
                        argument
                            .replace("${list}", "${?FADVISED_TEST_LIST}")
                            .replace("${hocon}", "${?FADVISED_TEST_HOCON}")))
                .settings()
                .devices()
                .exclude())
        .containsExactly(Glob.of("/a/**"), Glob.of("loop7"));
  }

  @ParameterizedTest
  @CsvSource({
    "metrics.listen=0.0.0.0:9404, 0.0.0.0",
    "metrics.listen=[::1]:9404, ::1",
    "metrics.listen=\"0.0.0.0:9404\", 0.0.0.0",
  })
  void addressOnTheCommandLineMayBePlainText(String argument, String host) throws Exception {
    assertThat(config.settings("", argument).metrics().listen())
        .contains(new InetSocketAddress(InetAddress.getByName(host), 9404));
  }

  @ParameterizedTest
  @ValueSource(strings = {"${?FADVISED_TEST_LIST}", "${?FADVISED_TEST_HOCON}"})
  void listInTheFileMayComeFromTheEnvironment(String variable) throws InvalidSettingsException {
    EffectiveSettings effective =
        config.load(
            "fadvised.devices.include = "
                + variable
                + "\nfadvised.devices.exclude = ${?NO_SUCH_LIST}");

    assertThat(effective.settings().devices().include())
        .containsExactly(Glob.of("/a/**"), Glob.of("loop7"));
    assertThat(effective.settings().devices().exclude()).isEmpty();
    assertThat(effective.values())
        .extracting(EffectiveValue::key, EffectiveValue::origin)
        .contains(
            tuple("fadvised.devices.include", "environment"),
            tuple("fadvised.devices.exclude", "default"));
    assertThat(config.settings(effective.render())).isEqualTo(effective.settings());
  }

  @Test
  void overridesMayBeTheTextOfAHoconList() throws InvalidSettingsException {
    Settings settings =
        config.settings("fadvised.devices.overrides = \"[{ match = loop1, dry-run = true }]\"");

    assertThat(settings.forDevice("loop1", List.of("/a")).dryRun()).isTrue();
    assertThat(settings.forDevice("loop2", List.of("/a")).dryRun()).isFalse();
  }

  @Test
  void plainListKeepsWhatHoconWouldReadAsAComment() throws InvalidSettingsException {
    assertThat(config.settings("", "devices.exclude=/a/#1,/b/c # d").devices().exclude())
        .containsExactly(Glob.of("/a/#1"), Glob.of("/b/c # d"));
  }

  @ParameterizedTest
  @CsvSource({
    "500ms,500",
    "2s,2000",
    "1 minute,60000",
    "1.5s,1500",
    "\"3 seconds\",3000",
  })
  void durationIsRead(String text, long millis) throws InvalidSettingsException {
    assertThat(config.settings("fadvised.interval.min = " + text).interval().min())
        .hasMillis(millis);
  }

  @ParameterizedTest
  @CsvSource({
    "256MiB,256MiB",
    "1 GiB,1GiB",
    "512k,512KiB",
    "0,0B",
    "0.0,0B",
    "1048576B,1MiB",
    "1MB,1000000B",
    "0.5GiB,512MiB",
    "12%,12%",
    "0.5 %,0.5%",
    "\"0.5 %\",0.5%",
    "\"20%\",20%",
    "100%,100%",
  })
  void sizeOrPercentageIsRead(String text, String amount) throws InvalidSettingsException {
    Settings settings = config.settings("fadvised.budget { pressed = 0, relaxed = " + text + "}");

    assertThat(settings.budget().relaxed()).hasToString(amount);
  }

  @Test
  void overridesAreRead() throws InvalidSettingsException {
    Settings settings =
        config.settings(
            """
            fadvised.devices.overrides = [
              { match = "/images/**", interval.max = 5s, budget.relaxed = 64MiB, dry-run = true }
              { match = loop1, interval { min = 2s }, budget { pressed = 1% } }
            ]
            """);

    assertThat(settings.forDevice("loop1", List.of("/images/a/b")))
        .isEqualTo(
            new DevicePolicy(
                new Interval(Duration.ofSeconds(2), Duration.ofSeconds(5)),
                Optional.of(MemoryAmount.ofBytes(64 << 20)),
                Optional.of(MemoryAmount.ofPercent(1)),
                true));
  }

  @Test
  void environmentVariablesAndOtherKeysAreSubstituted() throws InvalidSettingsException {
    Settings settings =
        config.settings(
            """
            fadvised.devices.include = ${?FADVISED_TEST_LIST}
            fadvised.log.level = ${?FADVISED_NO_SUCH_VARIABLE}
            fadvised.interval.max = ${fadvised.interval.min}
            fadvised.devices.exclude += "loop7"
            """);

    assertThat(settings.devices().include()).containsExactly(Glob.of("/a/**"), Glob.of("loop7"));
    assertThat(settings.logLevel()).isEqualTo(LogLevel.INFO);
    assertThat(settings.interval().max()).hasMillis(500);
    assertThat(settings.devices().exclude()).containsExactly(Glob.of("loop7"));
  }

  @Test
  void removedKeyIsAWarningWithItsReplacement() throws InvalidSettingsException {
    EffectiveSettings effective =
        config.load(
            """
            fadvised.early-writeback = false
            fadvised {
              measuring { per-device = 5ms, per-host = soon }
              rescan-interval = 10
              restore-direct-io = true
              dry-run = true
            }
            """,
            "measuring.per-host=50ms");

    assertThat(effective.settings().dryRun()).isTrue();
    assertThat(effective.warnings())
        .extracting(warning -> warning.toString().replace(temporary + "/", ""))
        .containsExactly(
            "--set measuring.per-host=50ms: fadvised.measuring.per-host: was removed and is ignored:"
                + " the limits are 20 ms a second for a device and 100 ms for the host",
            "fadvised.conf:1: fadvised.early-writeback: was removed and is ignored: devices that are"
                + " being written are evicted, too; devices.exclude spares them",
            "fadvised.conf:3: fadvised.measuring.per-device: was removed and is ignored: the limits"
                + " are 20 ms a second for a device and 100 ms for the host",
            "fadvised.conf:4: fadvised.rescan-interval: was removed and is ignored: sysfs is scanned"
                + " every 30 s",
            "fadvised.conf:5: fadvised.restore-direct-io: was removed and is ignored: direct I/O"
                + " stays on when the daemon stops; losetup --direct-io=off turns it off");
  }

  @Test
  void removedKeysOfAnEarlierShippedFileDoNotStopTheDaemon() throws Exception {
    String shipped =
        """
        fadvised.early-writeback = true
        fadvised.restore-direct-io = false
        fadvised.measuring.per-device = 20ms
        fadvised.measuring.per-host = 100ms
        fadvised.rescan-interval = 30s
        fadvised.jmx.remote.enabled = true
        fadvised.jmx.remote { port = 7091, tls.keystore = "" }
        """;

    EffectiveSettings effective = config.load(shipped);

    assertThat(effective.settings())
        .isEqualTo(SettingsLoader.load(Optional.empty(), List.of()).settings());
    assertThat(effective.warnings())
        .hasSize(8)
        .last()
        .hasToString(
            config.file()
                + ":7: fadvised.jmx.remote.tls.keystore: was removed and is ignored: the JDK's own agent"
                + " serves JMX to other users; see JMX in fadvised(8)");
  }

  @Test
  void manyOverridesCanUseTheSameKey() throws InvalidSettingsException {
    String overrides =
        IntStream.range(0, 30)
            .mapToObj("{ match = \"/a%d\", interval = ${fadvised.interval} }\n"::formatted)
            .collect(Collectors.joining());

    Settings settings = config.settings("fadvised.devices.overrides = [\n" + overrides + "]");

    assertThat(settings.devices().overrides()).hasSize(30);
    assertThat(settings.forDevice("loop1", List.of("/a29")).interval())
        .isEqualTo(settings.interval());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"more.conf\"",
        "required(\"more.conf\")",
        "file(\"more.conf\")",
        "\"?more.conf\"",
        "\"sub/../more.conf\""
      })
  void includedFileIsReadBesideTheIncludingOne(String include) throws Exception {
    Files.createDirectory(temporary.resolve("sub"));
    config.write("more.conf", "fadvised.dry-run = true");

    assertThat(config.settings("include " + include).dryRun()).isTrue();
    assertThat(config.settings("include \"" + temporary + "/more.conf\"").dryRun()).isTrue();
  }

  @Test
  void directoryPatternIncludesAllMatchingFilesInTheOrderOfTheirNames() throws Exception {
    Files.createDirectory(temporary.resolve("conf.d"));
    config.write("conf.d/20-b.conf", "fadvised { interval.min = 2s, devices.exclude += loop2 }");
    config.write("conf.d/10-a.conf", "fadvised { interval.min = 1s, devices.exclude += loop1 }");
    config.write("conf.d/30-c.conf", "fadvised.interval.max = 9s");
    config.write("conf.d/.hidden.conf", "fadvised.interval.max = 8s");
    config.write("conf.d/README", "not a configuration");

    Settings settings = config.settings("include \"conf.d/*.conf\"");

    assertThat(settings.interval().min()).hasSeconds(2);
    assertThat(settings.interval().max()).hasSeconds(9);
    assertThat(settings.devices().exclude()).containsExactly(Glob.of("loop1"), Glob.of("loop2"));
  }

  @Test
  void includedFileIsReadRelativeToTheFileThatIncludesIt() throws Exception {
    Files.createDirectory(temporary.resolve("sub"));
    config.write("sub/a.conf", "include \"b.conf\"");
    config.write("sub/b.conf", "dry-run = true");

    assertThat(config.settings("fadvised { include \"sub/a.conf\" }").dryRun()).isTrue();
  }

  @Test
  void optionalIncludeMayBeMissingAndDirectoryMayBeEmpty() throws Exception {
    Files.createDirectory(temporary.resolve("empty"));

    Settings settings =
        config.settings(
            """
            include "?none.conf"
            include "?none.d/*.conf"
            include "empty/*.conf"
            fadvised.dry-run = true
            """);

    assertThat(settings.dryRun()).isTrue();
  }

  @Test
  void quotedKeyIncludeInABlockIsAccepted() throws InvalidSettingsException {
    assertThat(
            config.settings("fadvised.devices { \"include\" = [\"loop1\"] }").devices().include())
        .containsExactly(Glob.of("loop1"));
  }

  @Test
  void everyValueIsRenderedWithItsOrigin() throws InvalidSettingsException {
    EffectiveSettings effective =
        config.load("\nfadvised.interval.max = 30s\n", "devices.exclude=[\"loop7\"]");

    assertThat(effective.render().replace(temporary + "/", "").lines())
        .hasSize(14)
        .first()
        .asString()
        .matches("fadvised.interval.min = 500ms +# default");
    assertThat(effective.values())
        .extracting(EffectiveValue::toString, EffectiveValue::origin)
        .contains(
            tuple("fadvised.interval.max = 30s", config.file() + ":2"),
            tuple("fadvised.devices.exclude = [\"loop7\"]", "--set devices.exclude=[\"loop7\"]"),
            tuple("fadvised.budget.relaxed = 20%", "default"));
  }

  @Test
  void renderedSettingsLoadAsTheSameSettings() throws InvalidSettingsException {
    EffectiveSettings effective =
        config.load(
            """
            fadvised.budget.relaxed = 0.5 %
            fadvised.interval.max = 1 minute
            fadvised.devices.overrides = [ { match = "/a \\"b/*", interval.max = 5s } ]
            fadvised.budget.pressed = 0%
            """);

    assertThat(config.settings(effective.render())).isEqualTo(effective.settings());
  }

  @Test
  void dryRunOfAllDevicesCannotBeDisabledForOne() throws Exception {
    Settings settings =
        SettingsLoader.load(
                Optional.empty(),
                List.of("dry-run=true", "devices.overrides=[{ match = loop3, dry-run = false }]"))
            .settings();

    assertThat(settings.forDevice("loop3", List.of("/a")).dryRun()).isTrue();
  }
}
