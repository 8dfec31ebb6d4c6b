package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.TestHost;
import io.fadvised.status.BenefitStatus;
import io.fadvised.status.HostStatus;
import io.fadvised.status.Reports;
import io.fadvised.status.StatusJson;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLinesTest {
  @RegisterExtension final TestHost host = new TestHost();
  private World noDaemon;

  @BeforeEach
  void makeWorld() {
    noDaemon = world(FakeDaemons.none());
  }

  @Test
  void aCommandIsNeeded() {
    Typed typed = Typed.in(noDaemon);

    assertThat(typed.exitCode()).isEqualTo(2);
    assertThat(typed.out()).isEmpty();
    assertThat(typed.err()).startsWith("fadvised: missing command").contains("Usage:");
  }

  @Test
  void aMistypedCommandIsGuessed() {
    Typed typed = Typed.in(noDaemon, "evcit", "loop3");

    assertThat(typed.exitCode()).isEqualTo(2);
    assertThat(typed.err()).contains("evcit").contains("Did you mean: fadvised evict?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run",
        "status",
        "top",
        "doctor",
        "residency",
        "evict",
        "check-config",
        "reload",
        "demo"
      })
  void everyCommandHasHelpThatFitsTheScreenAndShowsAnExample(String command) {
    Typed typed = Typed.in(noDaemon, command, "--help");

    assertThat(typed.exitCode()).isZero();
    assertThat(typed.err()).isEmpty();
    assertThat(typed.out()).contains("fadvised " + command, "Example");
    assertThat(typed.out().lines()).allMatch(line -> line.length() <= 80);
  }

  @Test
  void theVersionGoesToStandardOutput() {
    Typed typed = Typed.in(noDaemon, "--version");

    assertThat(typed.exitCode()).isZero();
    assertThat(typed.out()).startsWith("fadvised ");
  }

  @Test
  void aGoodConfigurationIsPrintedWithOrigins() {
    Worlds.configure(host, "fadvised.interval.min = 2s");

    Typed typed = Typed.in(noDaemon, "check-config", "--set", "dry-run=true");

    assertThat(typed.exitCode()).isZero();
    assertThat(typed.err()).isEmpty();
    assertThat(typed.out().lines())
        .anyMatch(line -> line.matches("fadvised.interval.min = 2s +# .*fadvised.conf:1"))
        .anyMatch(line -> line.matches("fadvised.dry-run = true +# --set dry-run=true"))
        .anyMatch(line -> line.matches("fadvised.interval.max = .*# default"))
        .endsWith("configuration is valid");
  }

  @Test
  void everyProblemOfAConfigurationHasALine() {
    Worlds.configure(host, "fadvised.interval.min = 1x\nfadvised.dryrun = true\n");

    Typed typed = Typed.in(noDaemon, "check-config", Worlds.configFile(host).toString());

    assertThat(typed.exitCode()).isEqualTo(78);
    assertThat(typed.out()).isEmpty();
    assertThat(typed.err().lines()).hasSize(2).allMatch(line -> line.contains("fadvised.conf:"));
  }

  @Test
  void checkConfigWarnsOfARemovedKeyAndSucceeds() {
    Worlds.configure(host, "fadvised.rescan-interval = 10s");

    Typed typed = Typed.in(noDaemon, "check-config");

    assertThat(typed.exitCode()).isZero();
    assertThat(typed.err())
        .startsWith("fadvised: warning: ")
        .endsWith(
            "fadvised.conf:1: fadvised.rescan-interval: was removed and is ignored: sysfs is"
                + " scanned every 30 s\n");
  }

  @Test
  void aBudgetThatIsUpsideDownOnThisHostIsWarnedOf() {
    Typed typed =
        Typed.in(
            noDaemon,
            "check-config",
            "--set",
            "budget.relaxed=1%",
            "--set",
            "budget.pressed=512MiB");

    assertThat(typed.exitCode()).isZero();
    assertThat(typed.err()).contains("warning").contains("1%").contains("512MiB");
  }

  @Test
  void twoFilesToCheckAreOneTooMany() {
    assertThat(Typed.in(noDaemon, "check-config", "--config", "a", "b").exitCode()).isEqualTo(2);
  }

  @Test
  void runRefusesABadConfigurationBeforeItStarts() {
    Typed typed = Typed.in(noDaemon, "run", "--set", "interval.min=0s", "--set", "nonsense=1");

    assertThat(typed.exitCode()).isEqualTo(78);
    assertThat(typed.err().lines()).hasSize(2);
  }

  @Test
  void reloadNeedsADaemon() {
    Typed typed = Typed.in(noDaemon, "reload");

    assertThat(typed.exitCode()).isEqualTo(1);
    assertThat(typed.err()).contains("no daemon that this user can reach is running");
  }

  @Test
  void reloadPrintsTheDaemonsAnswer() {
    Typed typed = Typed.in(world(FakeDaemons.answering("configuration reloaded")), "reload");

    assertThat(typed).isEqualTo(new Typed(0, "configuration reloaded\n", ""));
  }

  @Test
  void aRefusedReloadIsAConfigurationError() {
    Typed typed = Typed.in(world(FakeDaemons.refusing()), "reload");

    assertThat(typed).isEqualTo(new Typed(78, "", "fadvised: fadvised.conf: 3: no such key\n"));
  }

  @Test
  void aReloadThatFailedIsNoConfigurationError() {
    IllegalStateException failure = new IllegalStateException("reload failed: disk gone");

    Typed typed = Typed.in(world(FakeDaemons.answering(failure)), "reload");

    assertThat(typed.exitCode()).isEqualTo(1);
    assertThat(typed.err()).contains("disk gone");
  }

  @Test
  void aDaemonsStatusIsPrintedAsAnArrayOfDevices() {
    World world = world(FakeDaemons.answering(StatusJson.compact(status())));

    Typed typed = Typed.in(world, "status", "--json");

    assertThat(typed.exitCode()).isZero();
    assertThat(typed.out().strip()).startsWith("[").endsWith("]");
    assertThat(typed.out())
        .contains("\"device\" : \"loop3\"")
        .contains("\"backingFile\"", "\"sizeBytes\"", "\"residentBytes\" : 5242880")
        .contains("\"directIo\" : false", "\"logicalBlockBytes\" : 512", "\"state\"", "\"reason\"");
  }

  @Test
  void aDaemonsStatusTellsWhatWasReleased() {
    World world = world(FakeDaemons.answering(StatusJson.compact(status())));

    Typed typed = Typed.in(world, "status");

    assertThat(typed.out()).contains("RELEASED", "since the daemon started");
    assertThat(typed.out()).doesNotContain("measured now");
  }

  @Test
  void aDaemonThatHangsIsNotBelievedToBeWell() {
    World old = world(FakeDaemons.answering(StatusJson.compact(status())));
    World fresh = world(FakeDaemons.answering(StatusJson.compact(status(Instant.now()))));

    assertThat(Typed.in(old, "status").out())
        .matches("(?s)status is \\d+ s old: the daemon is hung, or the clock was changed\n.*");
    assertThat(Typed.in(old, "status", "--json").err()).startsWith("fadvised: status is ");
    assertThat(Typed.in(fresh, "status").out()).startsWith("Memory");
    assertThat(Typed.in(fresh, "status", "--json").err()).isEmpty();
  }

  @Test
  void withoutADaemonTheHostIsMeasuredAndTheTextSaysSo() {
    host.attach("loop7", "/srv/disk.img", TestHost.MIB);

    Typed typed = Typed.in(noDaemon, "status");

    assertThat(typed.exitCode()).isZero();
    assertThat(typed.out())
        .startsWith(
            "no daemon that this user can reach is running: measured now, nothing is evicted\n")
        .contains("loop7", "/srv/disk.img");
  }

  @Test
  void aDaemonThatDoesNotAnswerIsNamed() {
    Exception silence = new IOException("not responding for 20 s");

    Typed typed = Typed.in(world(FakeDaemons.answering(silence)), "status");

    assertThat(typed.exitCode()).isZero();
    assertThat(typed.out().replace('\n', ' '))
        .contains(
            "the daemon (process 42) is unavailable", "not responding for 20 s", "measured now");
  }

  @Test
  void aStatusOfAnotherVersionIsNotTrusted() {
    Typed typed = Typed.in(world(FakeDaemons.answering("{}")), "status");

    assertThat(typed.exitCode()).isZero();
    assertThat(typed.out()).contains("returned an invalid status", "measured now");
  }

  @Test
  void settingsThatAreGivenAreForALookOfOnesOwn() {
    host.attach("loop7", "/srv/disk.img", TestHost.MIB);
    World world = world(FakeDaemons.answering(StatusJson.compact(status())));

    Typed typed = Typed.in(world, "status", "--set", "devices.exclude=[\"loop7\"]");

    assertThat(typed.out()).contains("excluded by \"loop7\"").doesNotContain("loop3");
  }

  @Test
  void noLoopDeviceIsSaidInWordsAndAsAnEmptyArray() {
    assertThat(Typed.in(noDaemon, "status").out())
        .contains("No loop device is attached on this host.");
    assertThat(Typed.in(noDaemon, "status", "--json").out().strip()).isEqualTo("[]");
  }

  @Test
  void aBrokenFileDoesNotHideTheHost() {
    Worlds.configure(host, "fadvised.nonsense = 1");
    host.attach("loop7", "/srv/disk.img", TestHost.MIB);

    Typed typed = Typed.in(noDaemon, "status");

    assertThat(typed.exitCode()).isZero();
    assertThat(typed.out()).contains("loop7");
    assertThat(typed.err()).contains("nonsense", "using the defaults");
  }

  @Test
  void oneBadTargetCostsOnlyItself() {
    String file = "/srv/file";
    host.file(file, TestHost.MIB);

    Typed typed = Typed.in(noDaemon, "evict", "--dry-run", "loop99", file);

    assertThat(typed.exitCode()).isEqualTo(1);
    assertThat(typed.err()).isEqualTo("fadvised: loop99: nothing is attached to loop99\n");
    assertThat(typed.out()).startsWith(file + ": ");
  }

  @Test
  void noStackTraceUnlessAskedFor() {
    assertThat(Typed.in(noDaemon, "reload").err()).doesNotContain("\tat ");
    assertThat(Typed.in(noDaemon, "-v", "reload").err()).contains("\tat ");
    assertThat(Typed.in(noDaemon, "reload", "-v").err()).contains("\tat ");
  }

  private World world(Daemons daemons) {
    return Worlds.of(host, daemons);
  }

  private static HostStatus status() {
    return status(Instant.parse("2025-03-01T12:00:00Z"));
  }

  private static HostStatus status(Instant at) {
    var device = io.fadvised.status.DeviceStatus.of(Reports.device("loop3"), Reports.AT);
    return new HostStatus(
        at.toString(),
        false,
        false,
        0,
        "none",
        Map.of(),
        "the timer only",
        OptionalLong.of(1L << 30),
        OptionalLong.of(1L << 29),
        100,
        50,
        600,
        60,
        50,
        new BenefitStatus(0, 600, 60, 7, 3),
        List.of(device),
        List.of());
  }
}
