package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.control.Answer;
import io.fadvised.control.DaemonUnavailableException;
import io.fadvised.engine.TestHost;
import io.fadvised.json.JsonText;
import io.fadvised.linux.Credentials;
import io.fadvised.status.HostStatus;
import io.fadvised.status.Instance;
import io.fadvised.status.Reports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLinesTest {
  @RegisterExtension final TestHost host = new TestHost();
  private World noDaemon;

  @BeforeEach
  void makeWorld() {
    noDaemon = world(Worlds.NO_DAEMON);
  }

  @Test
  void missingCommandIsAUsageError() {
    CommandResult result = CommandResult.in(noDaemon);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).startsWith("fadvised: missing command").contains("Usage:");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "staus                | unknown command 'staus', did you mean 'status'?",
        "-v evcit loop3       | unknown command 'evcit', did you mean 'evict'?",
        "help evcit           | unknown command 'evcit', did you mean 'evict'?",
        "doctor --seconds 3s  | --seconds: '3s' is not a whole number; try 'fadvised help doctor'",
        "top --interval=x     | --interval: 'x' is not a whole number; try 'fadvised help top'",
        "status --by pod      | --by: 'pod' is not one of device, container; try 'fadvised help status'",
        "demo --size big      | --size: \"big\" is not a size such as 256MiB; try 'fadvised help demo'",
        "residency -dash.img  | unknown option '-dash.img'; try 'fadvised help residency'",
        "help nope            | unknown command 'nope'; try 'fadvised help'",
        "frobnicate           | unknown command 'frobnicate'; try 'fadvised help'",
        "--vesrion            | unknown option '--vesrion', did you mean '--version'?",
        "status --jsno        | unknown option '--jsno', did you mean '--json'?",
        "top --intervall=2    | unknown option '--intervall', did you mean '--interval'?",
        "status -x            | unknown option '-x'; try 'fadvised help status'",
        "reload now           | unexpected argument 'now'; try 'fadvised help reload'",
        "evict                | missing TARGET; try 'fadvised help evict'",
        "run --config         | missing FILE after '--config'; try 'fadvised help run'"
      })
  void wrongUsageIsExplainedInOneLine(String words, String explanation) {
    CommandResult result = CommandResult.in(noDaemon, words.split(" "));

    assertThat(result).isEqualTo(new CommandResult(2, "", "fadvised: " + explanation + "\n"));
  }

  @Test
  void helpIsThatOfTheOption() {
    CommandResult ofAll = CommandResult.in(noDaemon, "--help");
    CommandResult ofOne = CommandResult.in(noDaemon, "evict", "--help");

    assertThat(ofAll.out()).contains("help  ");
    assertThat(CommandResult.in(noDaemon, "help")).isEqualTo(ofAll);
    assertThat(CommandResult.in(noDaemon, "help", "evict")).isEqualTo(ofOne);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run",
        "status",
        "top",
        "metrics",
        "check",
        "doctor",
        "cure",
        "residency",
        "evict",
        "check-config",
        "reload",
        "sweep",
        "pause",
        "resume",
        "demo",
        "help"
      })
  void helpFits80ColumnsAndHasAnExample(String command) {
    CommandResult result = CommandResult.in(noDaemon, command, "--help");

    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).contains("fadvised " + command, "Example");
    assertThat(result.out().lines()).allMatch(line -> line.length() <= 80);
  }

  @Test
  void helpOfDoctorHasTheExitCodeOfAnInterrupt() {
    assertThat(CommandResult.in(noDaemon, "doctor", "--help").out())
        .contains("130\nended by Ctrl-C.");
  }

  @Test
  void versionIsPrintedToStandardOutput() {
    CommandResult result = CommandResult.in(noDaemon, "--version");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("fadvised ");
  }

  @Test
  void validConfigurationIsPrintedWithOrigins() {
    Worlds.configure(host, "fadvised.interval.min = 2s");

    CommandResult result = CommandResult.in(noDaemon, "check-config", "--set", "dry-run=true");

    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).isEmpty();
    assertThat(result.out().lines())
        .anyMatch(line -> line.matches("fadvised.interval.min = 2s +# .*fadvised.conf:1"))
        .anyMatch(line -> line.matches("fadvised.dry-run = true +# --set dry-run=true"))
        .anyMatch(line -> line.matches("fadvised.interval.max = .*# default"))
        .endsWith("configuration is valid");
  }

  @Test
  void everyProblemOfAConfigurationIsPrinted() {
    Worlds.configure(host, "fadvised.interval.min = 1x\nfadvised.dryrun = true\n");

    CommandResult result =
        CommandResult.in(noDaemon, "check-config", Worlds.configFile(host).toString());

    assertThat(result.exitCode()).isEqualTo(78);
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines()).hasSize(2).allMatch(line -> line.contains("fadvised.conf:"));
  }

  @Test
  void removedKeyCausesAWarningOnly() {
    Worlds.configure(host, "fadvised.rescan-interval = 10s");

    CommandResult result = CommandResult.in(noDaemon, "check-config");

    assertThat(result.exitCode()).isZero();
    assertThat(result.err())
        .startsWith("fadvised: warning: ")
        .endsWith(
            "fadvised.conf:1: fadvised.rescan-interval: was removed and is ignored: sysfs is"
                + " scanned every 30 s\n");
  }

  @Test
  void relaxedBudgetBelowPressedBudgetCausesAWarning() {
    CommandResult result =
        CommandResult.in(
            noDaemon,
            "check-config",
            "--set",
            "budget.relaxed=1%",
            "--set",
            "budget.pressed=512MiB");

    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).contains("warning").contains("1%").contains("512MiB");
  }

  @Test
  void checkConfigRejectsTwoFiles() {
    assertThat(CommandResult.in(noDaemon, "check-config", "--config", "a", "b").exitCode())
        .isEqualTo(2);
  }

  @Test
  void runRejectsAnInvalidConfigurationBeforeItStarts() {
    CommandResult result =
        CommandResult.in(noDaemon, "run", "--set", "interval.min=0s", "--set", "nonsense=1");

    assertThat(result.exitCode()).isEqualTo(78);
    assertThat(result.err().lines()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"reload", "sweep", "pause", "resume"})
  void orderFailsWithoutADaemon(String order) {
    CommandResult result = CommandResult.in(noDaemon, order);

    assertThat(result)
        .isEqualTo(
            new CommandResult(
                1,
                "",
                "fadvised: no daemon that this user can reach is running; nothing to "
                    + order
                    + "\n"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"reload", "sweep", "pause", "resume"})
  void orderPrintsTheAnswerOfTheDaemon(String order) {
    World world = world(request -> Optional.of(Answer.done(request.command() + " done")));

    assertThat(CommandResult.in(world, order))
        .isEqualTo(new CommandResult(0, order + " done\n", ""));
  }

  @Test
  void rejectedReloadIsAConfigurationError() {
    World world = world(answering(Answer.rejected("a.conf:3: no such key\na.conf:4: no such key")));

    assertThat(CommandResult.in(world, "reload"))
        .isEqualTo(
            new CommandResult(
                78, "", "fadvised: a.conf:3: no such key\nfadvised: a.conf:4: no such key\n"));
  }

  @Test
  void failedOrderIsNotAConfigurationError() {
    CommandResult result = CommandResult.in(world(answering(Answer.failed("disk gone"))), "sweep");

    assertThat(result)
        .isEqualTo(new CommandResult(1, "", "fadvised: the daemon reports: disk gone\n"));
  }

  @Test
  void sweepSendsTheLoopDevicesOfItsNames() {
    host.attach("loop7", "/srv/disk.img", TestHost.MIB);
    World world =
        world(request -> Optional.of(Answer.done(request.command() + " " + request.devices())));

    assertThat(CommandResult.in(world, "sweep", "/dev/loop7"))
        .isEqualTo(new CommandResult(0, "sweep [loop7]\n", ""));
    assertThat(CommandResult.in(world, "sweep", "loop7", "loop8"))
        .isEqualTo(
            new CommandResult(
                1, "sweep [loop7]\n", "fadvised: loop8: nothing is attached to loop8\n"));
  }

  @Test
  void sweepOfUnknownDevicesAsksNoDaemon() {
    CommandResult result = CommandResult.in(world(hungDaemon()), "sweep", "loop8");

    assertThat(result)
        .isEqualTo(new CommandResult(1, "", "fadvised: loop8: nothing is attached to loop8\n"));
  }

  @Test
  void orderToAHungDaemonFails() {
    CommandResult result = CommandResult.in(world(hungDaemon()), "reload");

    assertThat(result)
        .isEqualTo(
            new CommandResult(
                1, "", "fadvised: the daemon is unavailable: not responding for 1 s\n"));
  }

  @Test
  void jsonStatusIsAnObjectWithDevices() {
    World world = world(answering(status()));

    CommandResult result = CommandResult.in(world, "status", "--json");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out().strip()).startsWith("{").endsWith("}");
    assertThat(result.out())
        .contains("\"daemon\": {", "\"pid\": 42", "\"version\": \"1.2.3\"", "\"configFile\": null")
        .contains("\"schemaVersion\": 1", "\"memoryBytes\": 1073741824", "\"devices\": [")
        .contains("\"device\": \"loop3\"")
        .contains("\"backingFile\"", "\"sizeBytes\"", "\"residentBytes\": 5242880")
        .contains("\"directIo\": false", "\"sectorBytes\": 512", "\"state\"", "\"reason\"");
  }

  @Test
  void statusOfADaemonShowsReleasedBytes() {
    World world = world(answering(status()));

    CommandResult result = CommandResult.in(world, "status");

    assertThat(result.out()).contains("RELEASED", "since the daemon started");
    assertThat(result.out())
        .contains("\nDaemon       process 42, version 1.2.3, default settings\n");
    assertThat(result.out()).doesNotContain("measured now");
  }

  @Test
  void oldStatusIsReportedAsAHungDaemon() {
    World old = world(answering(status()));

    assertThat(CommandResult.in(old, "status").out())
        .matches("(?s)status is \\d+ s old: the daemon is hung, or the clock was changed\n.*");
    assertThat(CommandResult.in(old, "status", "--json").err()).startsWith("fadvised: status is ");
    World fresh = world(answering(status(Instant.now())));
    assertThat(CommandResult.in(fresh, "status").out()).startsWith("Memory");
    assertThat(CommandResult.in(fresh, "status", "--json").err()).isEmpty();
  }

  @Test
  void statusWithoutADaemonMeasuresTheHostAndReportsIt() {
    host.attach("loop7", "/srv/disk.img", TestHost.MIB);

    CommandResult result = CommandResult.in(noDaemon, "status");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .startsWith(
            "no daemon that this user can reach is running: measured now, nothing is evicted\n")
        .contains("loop7", "/srv/disk.img");
  }

  @Test
  void statusOfAHungDaemonMeasuresTheHostAndFails() {
    CommandResult result = CommandResult.in(world(hungDaemon()), "status");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out().replace('\n', ' '))
        .contains("the daemon is unavailable: not responding for 1 s: measured now");
    assertThat(CommandResult.in(world(hungDaemon()), "top").exitCode()).isEqualTo(1);
  }

  @Test
  void answerWithoutAStatusIsReplacedByAMeasurement() {
    CommandResult result =
        CommandResult.in(world(answering(Answer.failed("status failed: no memory"))), "status");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).contains("the daemon reports: status failed: no memory: measured now");
  }

  @Test
  void statusWithSettingsIgnoresTheDaemon() {
    host.attach("loop7", "/srv/disk.img", TestHost.MIB);
    World world = world(answering(status()));

    CommandResult result =
        CommandResult.in(world, "status", "--set", "devices.exclude=[\"loop7\"]");

    assertThat(result.out()).contains("excluded by \"loop7\"").doesNotContain("loop3");
  }

  @Test
  void hostWithoutLoopDevicesIsASentenceOrHasAnEmptyArray() {
    assertThat(CommandResult.in(noDaemon, "status").out())
        .contains("No loop device is attached on this host.");
    assertThat(CommandResult.in(noDaemon, "status", "--json").out())
        .contains("\"daemon\": null,")
        .containsPattern("\"devices\": \\[\\s*\\]");
  }

  @Test
  void invalidFileIsReportedAndDefaultsApply() {
    Worlds.configure(host, "fadvised.nonsense = 1");
    host.attach("loop7", "/srv/disk.img", TestHost.MIB);

    CommandResult result = CommandResult.in(noDaemon, "status");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("loop7");
    assertThat(result.err()).contains("nonsense", "using the defaults");
  }

  @Test
  void badTargetDoesNotAffectTheOthers() {
    String file = "/srv/file";
    host.file(file, TestHost.MIB);

    CommandResult result = CommandResult.in(noDaemon, "evict", "--dry-run", "loop99", file);

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).isEqualTo("fadvised: loop99: nothing is attached to loop99\n");
    assertThat(result.out()).startsWith(file + ": ");
  }

  @Test
  void statusShowsOnlyTheNamedDevices() {
    host.attach("loop7", "/srv/seven.img", TestHost.MIB);
    host.attach("loop8", "/srv/eight.img", TestHost.MIB);

    CommandResult named = CommandResult.in(noDaemon, "status", "loop8");
    CommandResult json = CommandResult.in(noDaemon, "status", "--json", "/dev/loop8", "loop9");

    assertThat(named.exitCode()).isZero();
    assertThat(named.out()).contains("loop8", "Memory").doesNotContain("loop7");
    assertThat(json.exitCode()).isEqualTo(1);
    assertThat(json.err()).contains("fadvised: loop9: nothing is attached to loop9\n");
    assertThat(json.out()).contains("\"loop8\"").doesNotContain("loop7");
  }

  @Test
  void statusFailsIfNoNameIsALoopDevice() {
    CommandResult result = CommandResult.in(noDaemon, "status", "/dev/null", "loop9");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines())
        .containsExactly(
            "fadvised: /dev/null: is a character device, not on a loop device",
            "fadvised: loop9: nothing is attached to loop9");
  }

  @Test
  void doctorExaminesOnlyTheNamedDevices() {
    host.attach("loop7", "/srv/seven.img", TestHost.MIB);
    host.attach("loop8", "/srv/eight.img", TestHost.MIB);

    CommandResult result = CommandResult.in(noDaemon, "doctor", "--seconds", "1", "loop8");

    assertThat(result.out()).contains("loop8: ").doesNotContain("loop7");
  }

  @Test
  void doctorComparesWithItsSavedFindings() throws IOException {
    host.attach("loop7", "/srv/seven.img", TestHost.MIB);
    String file = host.proc().resolveSibling("before.json").toString();

    CommandResult saved =
        CommandResult.in(noDaemon, "doctor", "--seconds", "1", "--save", file, "loop7");
    CommandResult compared =
        CommandResult.in(noDaemon, "doctor", "--seconds", "1", "--compare", file, "loop7");
    Files.writeString(Path.of(file), "[]");
    CommandResult broken =
        CommandResult.in(noDaemon, "doctor", "--seconds", "1", "--compare", file, "loop7");

    assertThat(saved.out()).doesNotContain("before ").endsWith("\nsaved to " + file + "\n");
    assertThat(compared.err()).isEmpty();
    assertThat(compared.out()).contains("lower cache of loop7").endsWith(".\n");
    assertThat(broken.exitCode()).isEqualTo(1);
    assertThat(broken.err()).startsWith("fadvised: " + file + ": not findings of doctor: ");
  }

  @Test
  void doctorChecksTheFileToSaveToBeforeItWatches() {
    String missing = host.proc().resolveSibling("missing").resolve("before.json").toString();
    String directory = host.proc().toString();

    assertThat(CommandResult.in(noDaemon, "doctor", "--seconds", "60", "--save", missing))
        .isEqualTo(
            new CommandResult(
                1, "", "fadvised: cannot save to " + missing + ": no such directory\n"));
    assertThat(CommandResult.in(noDaemon, "doctor", "--seconds", "60", "--save", directory))
        .isEqualTo(
            new CommandResult(
                1, "", "fadvised: cannot save to " + directory + ": is a directory\n"));
  }

  @Test
  void reportIsPrintedAlthoughItCannotBeSaved() {
    host.attach("loop7", "/srv/seven.img", TestHost.MIB);

    CommandResult result =
        CommandResult.in(noDaemon, "doctor", "--seconds", "1", "--save", "/dev/full", "loop7");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).contains("loop7: ", "Verdict: ");
    assertThat(result.err())
        .isEqualTo("fadvised: cannot save to /dev/full: No space left on device\n");
  }

  @Test
  void demoWithoutALoopDeviceClaimsNeitherADaemonNorADevice() {
    host.kernel().runAs(new Credentials(1000, 0, true));
    String directory = host.proc().getParent().toString();

    CommandResult result =
        CommandResult.in(world(hungDaemon()), "demo", "--dir", directory, "--size", "64MiB");

    assertThat(result.out())
        .startsWith("A daemon may be running, which may evict the same files.\n")
        .contains("\nCleaned up: nothing of the demo is left.\n");
    assertThat(CommandResult.in(noDaemon, "demo", "--dir", directory, "--size", "64MiB").out())
        .doesNotContain("daemon");
  }

  @Test
  void cureRequiresRoot() {
    host.kernel().runAs(new Credentials(1000, 0, true));

    assertThat(CommandResult.in(noDaemon, "cure", "--plan", "loop7"))
        .isEqualTo(new CommandResult(1, "", "fadvised: cure needs root; use sudo\n"));
  }

  /** Never with --yes: that runs programs of this host. */
  @Test
  void cureWithoutATerminalOnlyPrintsThePlan() {
    host.attach("loop7", "/srv/seven.img", TestHost.MIB);

    CommandResult planned = CommandResult.in(noDaemon, "cure", "--plan", "loop7");
    CommandResult unasked = CommandResult.in(noDaemon, "cure", "loop7");

    assertThat(planned.exitCode()).isZero();
    assertThat(planned.out()).contains("  plan      losetup --direct-io=on /dev/loop7\n");
    assertThat(unasked.exitCode()).isEqualTo(1);
    assertThat(unasked.out()).isEqualTo(planned.out());
    assertThat(unasked.err()).contains("cure needs --yes");
  }

  @Test
  void cureShowsTheRuleThatMakesItLast() throws IOException {
    host.attach("loop7", "/srv/seven.img", TestHost.MIB);
    Path rules = runUdev();

    CommandResult planned = CommandResult.in(noDaemon, "cure", "--plan", "--persist", "loop7");

    assertThat(planned.err()).isEmpty();
    assertThat(planned.exitCode()).isZero();
    assertThat(planned.out())
        .contains("  write     " + rules + "/90-fadvised-seven.img-")
        .contains("            ACTION!=\"remove\"")
        .contains("ATTR{loop/backing_file}==\"/srv/seven.img\"");
    assertThat(rules).isEmptyDirectory();
  }

  @Test
  void cureOfADeviceWithDirectIoWritesTheRuleOnce() throws IOException {
    host.attach("loop7", "/srv/seven.img", TestHost.MIB);
    host.sys().set("loop7", "loop/dio", "1");
    Path rules = runUdev();

    CommandResult done = CommandResult.in(noDaemon, "cure", "--yes", "--persist", "loop7");
    String[] names = rules.toFile().list();
    CommandResult again = CommandResult.in(noDaemon, "cure", "--yes", "--persist", "loop7");

    assertThat(done.err()).isEmpty();
    assertThat(done.exitCode()).isZero();
    assertThat(done.out().replaceAll("\\s+", " "))
        .contains("to undo that, remove the file")
        .doesNotContain("losetup --direct-io=on /dev/loop7");
    assertThat(names).hasSize(1);
    assertThat(again.exitCode()).isZero();
    assertThat(again.out()).startsWith("loop7: nothing to cure: ");
    assertThat(rules.toFile().list()).isEqualTo(names);
  }

  @Test
  void cureLeavesAnotherRuleOfThatNameAlone() throws IOException {
    host.attach("loop7", "/srv/seven.img", TestHost.MIB);
    host.sys().set("loop7", "loop/dio", "1");
    Path rules = runUdev();
    CommandResult.in(noDaemon, "cure", "--yes", "--persist", "loop7");
    Path rule = rules.resolve(rules.toFile().list()[0]);
    Files.writeString(rule, "# theirs");

    CommandResult refused = CommandResult.in(noDaemon, "cure", "--yes", "--persist", "loop7");

    assertThat(refused.exitCode()).isEqualTo(ExitCodes.NOT_HEALTHY);
    assertThat(refused.err()).contains(rule + " exists with other content");
    assertThat(rule).hasContent("# theirs");
  }

  @Test
  void cureWithoutUdevWritesNoRule() {
    host.attach("loop7", "/srv/seven.img", TestHost.MIB);

    CommandResult refused = CommandResult.in(noDaemon, "cure", "--plan", "--persist", "loop7");

    assertThat(refused)
        .isEqualTo(
            new CommandResult(
                ExitCodes.NOT_HEALTHY,
                "",
                "fadvised: loop7: --persist cannot make it last: udev does not run here, or has"
                    + " no /etc/udev/rules.d\n"));
  }

  /** Returns the directory of its rules. */
  private Path runUdev() throws IOException {
    Path root = host.proc().getParent();
    Files.createDirectories(root.resolve("run/udev/control"));
    return Files.createDirectories(root.resolve("etc/udev/rules.d"));
  }

  @Test
  void stackTraceIsPrintedOnlyOnRequest() {
    assertThat(CommandResult.in(noDaemon, "reload").err()).doesNotContain("\tat ");
    assertThat(CommandResult.in(noDaemon, "-v", "reload").err()).contains("\tat ");
    assertThat(CommandResult.in(noDaemon, "reload", "-v").err()).contains("\tat ");
  }

  @Test
  void metricsPrintsTheTextOfTheDaemon() {
    Answer answer =
        new Answer(
            Answer.DONE,
            "",
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of("# TYPE a gauge\n", "a 1\n"));

    assertThat(CommandResult.in(world(answering(answer)), "metrics"))
        .isEqualTo(new CommandResult(0, "# TYPE a gauge\na 1\n", ""));
  }

  @Test
  void metricsWithoutADaemonFails() {
    CommandResult result = CommandResult.in(world(request -> Optional.empty()), "metrics");

    assertThat(result)
        .isEqualTo(
            new CommandResult(
                1,
                "",
                "fadvised: no daemon that this user can reach is running; there are no metrics"
                    + " without one\n"));
  }

  private World world(Daemon daemon) {
    return Worlds.of(host, daemon);
  }

  private static Daemon answering(Answer answer) {
    return request -> Optional.of(answer);
  }

  private static Daemon answering(HostStatus status) {
    return answering(
        new Answer(
            Answer.DONE,
            "",
            Optional.of(new Instance(42, "1.2.3", "2025-03-01T12:00:00Z", Optional.empty())),
            Optional.of(status.showing(List.of())),
            status.devices(),
            List.of()));
  }

  private static Daemon hungDaemon() {
    return request -> {
      throw new DaemonUnavailableException(
          "the daemon is unavailable: not responding for 1 s", new IOException());
    };
  }

  private static HostStatus status() {
    return status(Instant.parse("2025-03-01T12:00:00Z"));
  }

  private static HostStatus status(Instant at) {
    var device = io.fadvised.status.DeviceStatus.of(Reports.device("loop3"), Reports.AT);
    return new HostStatus(
        JsonText.SCHEMA_VERSION,
        at.toString(),
        Optional.empty(),
        false,
        false,
        0,
        "none",
        List.of(),
        "the timer only",
        OptionalLong.of(1L << 30),
        OptionalLong.of(1L << 29),
        100,
        50,
        false,
        600,
        60,
        50,
        0,
        7,
        3,
        List.of(),
        List.of(device),
        List.of());
  }
}
