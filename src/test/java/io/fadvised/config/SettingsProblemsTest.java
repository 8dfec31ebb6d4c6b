package io.fadvised.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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

class SettingsProblemsTest {
  private Path temporary;
  private ConfigDirectory config;

  @BeforeEach
  void prepareDirectory(@TempDir Path temporary) {
    this.temporary = temporary;
    config = new ConfigDirectory(temporary);
  }

  @Test
  void allProblemsOfAFileAreReportedTogetherInTheOrderOfTheirLines() {
    assertThat(
            config.problems(
                """
                # A comment
                fadvised.interval.mn = 1s
                fadvised {
                  interval.max = soon
                  budget.relaxed = 120%
                  interval.min = 3600
                  log.level = loud

                  devices.exclude = [
                    "loop1",
                    "/[a"
                  ]
                  direct-io = null
                }
                interval.min = 1s
                fadvised.budget.pressed = ${NO_SUCH_VARIABLE}
                """,
                "dry-run=maybe"))
        .containsExactly(
            "--set dry-run=maybe: fadvised.dry-run: \"maybe\" is not true or false",
            "fadvised.conf:2: fadvised.interval.mn: unknown key; did you mean interval.min?",
            "fadvised.conf:4: fadvised.interval.max: \"soon\" is not a duration such as 500ms, 2s"
                + " or 1 minute",
            "fadvised.conf:5: fadvised.budget.relaxed: \"120%\" is not between 0% and 100%",
            "fadvised.conf:6: fadvised.interval.min: \"3600\" has no unit; write 3600s or 3600ms",
            "fadvised.conf:7: fadvised.log.level: \"loud\" is not one of error, warn, info, debug",
            "fadvised.conf:11: fadvised.devices.exclude: \"/[a\" contains [; only *, ** and ? are special, and"
                + " ? matches any one character",
            "fadvised.conf:13: fadvised.direct-io: null is not a value; leave the key out"
                + " instead",
            "fadvised.conf:15: interval.min: unknown key; did you mean fadvised.interval.min?",
            "fadvised.conf:16: Could not resolve substitution to a value: ${NO_SUCH_VARIABLE}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "interval.min = 0s | interval.min: \"0s\" is not between 100ms and 1h",
        "interval.min = -1s | interval.min: \"-1s\" is not between 100ms and 1h",
        "interval.min = 0 | interval.min: \"0\" is not between 100ms and 1h",
        "interval.min = 2h | interval.min: \"2h\" is not between 100ms and 1h",
        "interval.max = 25h | interval.max: \"25h\" is not between 100ms and 24h",
        "interval.min = 70s | interval.min: interval.min 70s exceeds interval.max 60s",
        "interval.max = 200ms | interval.max: interval.min 500ms exceeds interval.max 200ms",
        "interval.min = [1s] | interval.min: \"[\"1s\"]\" is not a duration such as 500ms, 2s or 1"
            + " minute",
        "interval = 5s | interval: \"5s\" is not a block with min, max",
        "interval.min { s = 1 } | interval.min: \"{\"s\":1}\" is not a duration such as 500ms, 2s"
            + " or 1 minute",
        "budget.relaxed = much | budget.relaxed: \"much\" is not a size such as 256MiB or a"
            + " percentage such as 12%",
        "budget.relaxed = -5% | budget.relaxed: \"-5%\" is not between 0% and 100%",
        "budget.relaxed = 0.5% | budget.relaxed: budget.relaxed 0.5% is below budget.pressed 1%",
        "budget.pressed = 30% | budget.pressed: budget.relaxed 20% is below budget.pressed 30%",
        "budget.container.pressed = 30% | budget.container.pressed: budget.container.relaxed 20% is"
            + " below budget.container.pressed 30%",
        "budget.pressed = -1MiB | budget.pressed: \"-1MiB\" is not a size such as 256MiB or a"
            + " percentage such as 12%",
        "devices.include = true | devices.include: \"true\" is not a list in [ ]",
        "devices.include = \"[loop1\" | devices.include: \"[loop1\" is not a list in [ ]",
        "devices.include = \" \" | devices.include: \"\" is an empty list; write [] for no element",
        "devices.exclude = \"/a,,/b\" | devices.exclude: \"\" is an empty pattern",
        "devices.exclude = [\"/dev/loop7\"] | devices.exclude: \"/dev/loop7\" matches no backing"
            + " file; write \"loop7\" for the device",
        "devices.exclude = [7] | devices.exclude: \"7\" is not text",
        "devices.overrides = [7] | devices.overrides[0]: \"7\" is not a block in { }",
        "dry-run = 1 | dry-run: \"1\" is not true or false",
        "dryrun = true | dryrun: unknown key; did you mean dry-run?",
        "dry_run = null | dry_run: unknown key; did you mean dry-run?",
        "intervall { min = 1s } | intervall.min: unknown key; did you mean interval.min?",
        "device.exclude = [] | device.exclude: unknown key; did you mean devices.exclude?",
        "jmx.host = x | jmx.host: unknown key",
        "nothing.like.it { } | nothing.like.it: unknown key",
      })
  void problemQuotesTheBadValueOrTheNearestKey(String line, String problem) {
    assertThat(config.problems("\nfadvised." + line))
        .containsExactly("fadvised.conf:2: fadvised." + problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "budget.relaxed = 20 | budget.relaxed: \"20\" has no unit; write 20% or 20MiB",
        "budget.relaxed = 0.2 | budget.relaxed: \"0.2\" has no unit; write 0.2% or 0.2MiB",
        "budget.relaxed = \"100 \" | budget.relaxed: \"100 \" has no unit; write 100% or 100MiB",
        "budget.relaxed = 512 | budget.relaxed: \"512\" has no unit; write 512B or 512MiB",
        "budget.relaxed = \"1e3\" | budget.relaxed: \"1e3\" has no unit; write 1e3B or 1e3MiB",
        "budget.pressed = .5 | budget.pressed: \".5\" has no unit; write .5% or .5MiB",
        "interval.max = 3600 | interval.max: \"3600\" has no unit; write 3600s or 3600ms",
        "interval.min = \"250\" | interval.min: \"250\" has no unit; write 250s or 250ms",
        "interval.min = 0.5 | interval.min: \"0.5\" has no unit; write 0.5s or 0.5ms",
        "interval.max = 6e4 | interval.max: \"60000\" has no unit; write 60000s or 60000ms",
      })
  void numberWithoutUnitIsRejectedWithItsTwoLikelyMeanings(String line, String problem) {
    assertThat(config.problems("\nfadvised." + line))
        .containsExactly("fadvised.conf:2: fadvised." + problem);
    assertThat(config.problems("fadvised.devices.overrides = [{ match = \"*\", " + line + " }]"))
        .containsExactly("fadvised.conf:1: fadvised.devices.overrides[0]." + problem);
    String argument = line.replaceFirst(" = ", "=");
    assertThat(config.problems("", argument))
        .containsExactly("--set " + argument + ": fadvised." + problem);
  }

  @Test
  void onlyTheFirstHundredUnknownKeysHaveAHint() {
    String text =
        IntStream.range(0, 150)
            .mapToObj("fadvised.dry-run%d = true\n"::formatted)
            .collect(Collectors.joining());

    assertThat(config.problems(text))
        .hasSize(150)
        .filteredOn(problem -> problem.contains("did you mean"))
        .hasSize(100);
  }

  @Test
  void problemsInOverridesAreReported() {
    assertThat(
            config.problems(
                """
                fadvised.devices.overrides = [
                  { match = "loop1", interval.mx = 5s }
                  { interval.max = 5s }
                  { match = "/{a",
                    budget { relaxed = 1MiB
                      pressed = 2MiB }
                  }
                  {
                    match = "loop2"
                    interval.min = 90s
                  }
                  { match = loop3, direct-io = enable, budget = 5 }
                ]
                """))
        .containsExactly(
            "fadvised.conf:2: fadvised.devices.overrides[0].interval.mx: unknown key; did you mean"
                + " interval.max?",
            "fadvised.conf:3: fadvised.devices.overrides[1]: has no match, so it would apply to no"
                + " device",
            "fadvised.conf:4: fadvised.devices.overrides[2].match: \"/{a\" contains {; only *, ** and"
                + " ? are special, and ? matches any one character",
            "fadvised.conf:5: fadvised.devices.overrides[2].budget.relaxed: budget.relaxed 1MiB is"
                + " below budget.pressed 2MiB",
            "fadvised.conf:10: fadvised.devices.overrides[3].interval.min: interval.min 90s exceeds"
                + " the inherited interval.max 60s",
            "fadvised.conf:12: fadvised.devices.overrides[4].direct-io: unknown key",
            "fadvised.conf:12: fadvised.devices.overrides[4].budget: \"5\" is not a block with"
                + " relaxed, pressed");
  }

  @Test
  void syntaxErrorHasItsLineAndDoesNotHideBadArguments() {
    assertThat(
            config.problems("fadvised.dry-run = false\nfadvised.devices.include = [loop*]\n", "a"))
        .satisfiesExactly(
            set -> assertThat(set).isEqualTo("--set a: \"a\" is not of the form KEY=VALUE"),
            line -> assertThat(line).startsWith("fadvised.conf:2: ").contains("double quotes"));
  }

  @Test
  void unquotedKeyIncludeInABlockIsExplained() {
    assertThat(config.problems("fadvised.devices {\n include = [\"loop1\"]\n}"))
        .singleElement()
        .asString()
        .startsWith("fadvised.conf:2: ")
        .contains("write the key as \"include\"");
  }

  @Test
  void everyUnresolvedSubstitutionIsReported() {
    assertThat(
            config.problems(
                """
                fadvised.interval.min = ${NO_A}
                fadvised.interval.max = ${NO_B}s
                fadvised.log.level = ${?NO_C}
                fadvised.budget.relaxed = lots
                """))
        .containsExactly(
            "fadvised.conf:1: Could not resolve substitution to a value: ${NO_A}",
            "fadvised.conf:2: Could not resolve substitution to a value: ${NO_B}",
            "fadvised.conf:4: fadvised.budget.relaxed: \"lots\" is not a size such as 256MiB or a"
                + " percentage such as 12%");
  }

  @Test
  void cycleOfSubstitutionsIsAProblem() {
    assertThat(config.problems("a = ${b}\nb = ${a}\n"))
        .singleElement()
        .asString()
        .startsWith("fadvised.conf:")
        .contains("cycle");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "interval.min=2d | fadvised.interval.min: \"2d\" is not between 100ms and 1h",
        "fadvised.interval.mni=2s | fadvised.interval.mni: unknown key; did you mean interval.min?",
        "log.level=[ | ",
        "log.level= | has no value after the =",
        "=5 | \"=5\" is not of the form KEY=VALUE",
        "a..b=5 | \"a..b\" is not a key",
        "devices.exclude+=loop1 | \"devices.exclude+\" is not a key",
        "devices.include=[/a/*] | ",
        "devices.include= | fadvised.devices.include: \"\" is an empty list; write [] for no element",
        "interval.max=${fadvised.interval}5 | a list or a block is joined with something else",
        "devices.include=[loop1]a | a list or a block is joined with something else",
        "dry-run=true, a=b | \"true, a=b\" is not one value",
      })
  void badArgumentIsQuotedAsGiven(String argument, String problem) {
    assertThat(config.problems("", argument))
        .singleElement()
        .asString()
        .startsWith("--set " + argument + ": " + (problem == null ? "" : problem));
  }

  @Test
  void unreadableFileIsAProblem() throws IOException {
    assertThat(config.problemsOf(temporary.resolve("none.conf")))
        .containsExactly("none.conf: no such file");
    assertThat(config.problemsOf(Files.createDirectory(temporary.resolve("sub"))))
        .containsExactly("sub: is a directory, not a file");
    assertThat(config.problemsOf(Path.of("/dev/null")))
        .containsExactly("/dev/null: is not a regular file");
    assertThat(config.problemsOf(config.write("large.conf", "#".repeat((1 << 20) + 1))))
        .containsExactly("large.conf: has 1048577 bytes, more than the limit of 1048576");
  }

  @Test
  void fileWithoutReadPermissionIsAProblem() throws IOException {
    Path file = config.write("secret.conf", "");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("-w-------"));
    assumeThat(Files.isReadable(file)).as("root may read every file").isFalse();

    assertThat(config.problemsOf(file))
        .containsExactly("secret.conf: cannot be read: permission denied");
  }

  @Test
  void fileThatFailsDuringTheReadIsAProblem() {
    Path file = Path.of("/proc/self/mem");
    assumeThat(file).as("only Linux has it, and it fails to read at offset 0").isReadable();

    assertThat(config.problemsOf(file)).singleElement().asString().startsWith("/proc/self/mem: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-rw-r--", "rw-r--rw-"})
  void fileThatOthersCanWriteIsAProblem(String mode) throws IOException {
    Path file = config.write("open.conf", "fadvised.dry-run = true");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    String problem = "is writable by group or others: chmod go-w open.conf";

    assertThat(config.problemsOf(file)).containsExactly("open.conf: " + problem);
    for (String include : List.of("open.conf", file.toString(), "op*.conf")) {
      assertThat(config.problems("include \"" + include + "\""))
          .singleElement()
          .asString()
          .startsWith("fadvised.conf:1: include \"")
          .endsWith("\": " + problem);
    }
  }

  @Test
  void fileOfAnotherUserIsAProblem() throws IOException {
    Path file = config.write("theirs.conf", "fadvised.dry-run = true");
    giveAway(file);
    String problem =
        "is owned by user 65534, not by root or the user that runs this: chown root theirs.conf";

    assertThat(config.problemsOf(file)).containsExactly("theirs.conf: " + problem);
    assertThat(config.problems("include \"theirs.conf\""))
        .containsExactly("fadvised.conf:1: include \"theirs.conf\": " + problem);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rwxrwxr-x", "rwxr-xrwx", "rwxrwxrwx", "r-xrwxrwx"})
  void fileBelowADirectoryThatOthersCanWriteIsAProblem(String mode) throws IOException {
    Path open = Files.createDirectory(temporary.resolve("open"));
    Files.createDirectories(open.resolve("a/b"));
    Path file = config.write("open/a/b/fadvised.conf", "");
    Path link = Files.createSymbolicLink(temporary.resolve("link.conf"), file);
    Files.createSymbolicLink(temporary.resolve("b"), Path.of("open/a/b"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString(mode));

    for (Path name : List.of(file, link, temporary.resolve("b/fadvised.conf"))) {
      assertThat(config.problemsOf(name))
          .singleElement()
          .asString()
          .endsWith(
              ": is below open, which is writable by group or others: chmod go-w open, or move the"
                  + " file to /etc/fadvised");
    }
  }

  @Test
  void fileBelowADirectoryOfAnotherUserIsAProblem() throws IOException {
    Path theirs = Files.createDirectory(temporary.resolve("theirs"));
    Files.createDirectory(theirs.resolve("a"));
    Path file = config.write("theirs/a/fadvised.conf", "fadvised.dry-run = true");
    Files.setAttribute(theirs, "unix:mode", 01777); // its owner replaces anything in it
    giveAway(theirs);

    assertThat(config.problemsOf(file))
        .singleElement()
        .asString()
        .startsWith("theirs/a/fadvised.conf: is below theirs, which is owned by user 65534, not by")
        .endsWith(": chown root theirs, or move the file to /etc/fadvised");
  }

  @Test
  void fileInAStickyDirectoryIsTrusted() throws Exception {
    Path sticky = Files.createDirectory(temporary.resolve("sticky"));
    Path file = config.write("sticky/fadvised.conf", "fadvised.dry-run = true");
    Files.setAttribute(sticky, "unix:mode", 01777);

    assertThat(SettingsLoader.load(Optional.of(file), List.of()).settings().dryRun()).isTrue();
  }

  private static void giveAway(Path file) throws IOException {
    assumeThat(Files.getAttribute(file, "unix:uid"))
        .as("root alone may give files away")
        .isEqualTo(0);
    Files.setAttribute(file, "unix:uid", 65_534);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "url(\"http://127.0.0.1:9/x.conf\")",
        "\"http://127.0.0.1:9/x.conf\"",
        "\"jar:file:/x.jar!/x.conf\"",
        "classpath(\"reference.conf\")"
      })
  void onlyFilesCanBeIncluded(String include) {
    String name = include.replaceAll(".*\\(|\\)", "");

    assertThat(config.problems("\ninclude " + include))
        .containsExactly("fadvised.conf:2: include " + name + ": only files can be included");
    assertThat(config.problems("", "a={ include " + include + " }"))
        .first()
        .asString()
        .endsWith("include " + name + ": only files can be included");
  }

  @Test
  void setArgumentCannotIncludeAFile() {
    config.write("more.conf", "dry-run = true");

    assertThat(config.problems("", "a={ include \"more.conf\" }"))
        .first()
        .isEqualTo(
            "--set a={ include \"more.conf\" }: include \"more.conf\": only a file can include"
                + " another");
  }

  @Test
  void everyMissingIncludeIsReportedWithItsLine() {
    assertThat(
            config.problems(
                """
                # include "none.conf"
                include "none.conf"
                fadvised {
                  include required(file("nothing.conf"))
                }
                include "none.d/*.conf"
                include "no*.d/x.conf"
                include "/no/such/file.conf"
                fadvised.interval.max = 1h
                fadvised.interval.min = 2h
                """))
        .containsExactly(
            "fadvised.conf:2: include \"none.conf\": no such file; write \"?none.conf\" if it may be"
                + " missing",
            "fadvised.conf:4: include \"nothing.conf\": no such file; write \"?nothing.conf\" if it"
                + " may be missing",
            "fadvised.conf:6: include \"none.d/*.conf\": no such directory; write \"?none.d/*.conf\""
                + " if it may be missing",
            "fadvised.conf:7: include \"no*.d/x.conf\": * is supported only after the last /",
            "fadvised.conf:8: include \"/no/such/file.conf\": no such file; write"
                + " \"?/no/such/file.conf\" if it may be missing",
            "fadvised.conf:10: fadvised.interval.min: \"2h\" is not between 100ms and 1h");
  }

  @Test
  void fileThatIncludesItselfIsAProblem() throws IOException {
    Files.createDirectory(temporary.resolve("conf.d"));
    config.write("more.conf", "\ninclude \"fadvised.conf\"\ninclude \"fadvised.conf\"");
    config.write("conf.d/a.conf", "include \"*.conf\"");

    assertThat(config.problems("include \"more.conf\"\ninclude \"conf.d/*.conf\""))
        .containsExactly(
            "conf.d/a.conf:1: include \"*.conf\": includes itself",
            "more.conf:2: include \"fadvised.conf\": includes itself",
            "more.conf:2: include \"fadvised.conf\": includes itself");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file(\"a\\u0000b\")", "\"/a\\u0000b\"", "\"conf.d/[*.conf\""})
  void includeThatIsNoPathIsAProblem(String include) throws IOException {
    Files.createDirectory(temporary.resolve("conf.d"));

    assertThat(config.problems("include " + include))
        .singleElement()
        .asString()
        .startsWith("fadvised.conf:")
        .endsWith("\": is not a path");
  }

  @Test
  void hugeNumberIsAProblem() {
    assertThat(config.problems("fadvised.budget.relaxed = \"1e999999999 KiB\""))
        .singleElement()
        .asString()
        .contains("is not a size such as 256MiB");
  }

  @Test
  void endlessNestingIsAProblem() {
    assertThat(config.problems("a = " + "[".repeat(500_000)))
        .containsExactly("fadvised.conf: is nested too deeply");
  }

  @Test
  void problemsOfAnIncludedFileNameThatFile() {
    config.write("more.conf", "\n\nfadvised.log.level = loud");

    assertThat(config.problems("include \"more.conf\""))
        .singleElement()
        .asString()
        .startsWith("more.conf:3: fadvised.log.level: ");
  }
}
