package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that patterns hold for each name of a file, and are applied again when a name changes. */
class PatternsTest {
  private static final String LOOP = "loop0";
  private static final long SIZE = 256 * MIB;

  @RegisterExtension final TestHost host = new TestHost();

  private void start(String include, String exclude) {
    host.start(patterns(include, exclude));
  }

  private static String[] patterns(String include, String exclude) {
    return new String[] {
      "devices.include=[\"" + include + "\"]",
      "devices.exclude=[\"" + exclude + "\"]",
      "budget.relaxed=0",
      "budget.pressed=0"
    };
  }

  private FakeFile attach(String path) {
    return attach(path, path);
  }

  private FakeFile attach(String path, String label) {
    FakeFile file = host.file(path, SIZE);
    host.attach(LOOP, label, file);
    host.read(LOOP, 0, SIZE);
    return file;
  }

  private void relabel(String label) {
    host.sys().set(LOOP, "loop/backing_file", label);
  }

  private void assertLeftAlone() {
    int calls = host.adviceCalls();
    host.read(LOOP, 0, SIZE);
    host.run(Duration.ofMinutes(3));
    assertThat(host.report(LOOP).state()).isEqualTo(DeviceState.EXCLUDED);
    assertThat(host.adviceCalls()).isEqualTo(calls);
  }

  private void assertServed() {
    int calls = host.adviceCalls();
    host.read(LOOP, 0, SIZE);
    host.runSeconds(30);
    assertThat(host.report(LOOP).state()).isNotEqualTo(DeviceState.EXCLUDED);
    assertThat(host.adviceCalls()).isGreaterThan(calls);
  }

  @Test
  void excludedDeviceIsNotSweptAndLeavesTheBudgetToOthers() {
    FakeFile file = host.attachRead("loop0", 100 * MIB);
    host.attachRead("loop1", 10 * MIB);
    host.start("devices.exclude=[\"loop0\"]");

    host.run(Duration.ofMinutes(2));

    assertThat(file.residentBytes()).isEqualTo(100 * MIB);
    assertThat(host.heard().sweepsOf("loop0")).isEmpty();
    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.EXCLUDED);
    assertThat(host.report("loop0").reason().words()).isEqualTo("excluded by \"loop0\"");
    assertThat(host.report("loop1").allowanceBytes()).isEqualTo(64 * MIB);
  }

  @Test
  void newSettingsApplyToKnownDevices() {
    FakeFile file = host.attachRead("loop0", 60 * MIB);
    host.start();
    host.run(Duration.ofMinutes(2));

    host.engine().apply(TestHost.settings("budget.relaxed=20MiB"));
    host.tickAfterSeconds(1);

    assertThat(file.residentBytes()).isZero();

    host.engine().apply(TestHost.settings("devices.include=[]"));
    host.read("loop0", 0, 100 * MIB);
    host.run(Duration.ofMinutes(2));

    assertThat(file.residentBytes()).isEqualTo(100 * MIB);
    assertThat(host.report("loop0").reason().words())
        .isEqualTo("matches no pattern of devices.include");

    host.engine().apply(TestHost.settings());
    host.tickAfterSeconds(1);

    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void reloadOfEqualSettingsSweepsNothing() {
    host.attachRead("loop0", 10 * MIB);
    host.start("devices.include=[\"/srv/**\"]", "interval.max=1h");
    host.run(Duration.ofMinutes(2));

    host.engine().apply(TestHost.settings("devices.include=[\"/srv/**\"]", "interval.max=1h"));
    host.tickAfterSeconds(1);

    assertThat(host.heard().swept).hasSize(1);
  }

  @Test
  void fileRenamedIntoAnExcludedDirectoryIsLeftAlone() {
    attach("/r/a");
    start("/r/**", "/r/keep/**");
    host.runSeconds(5);

    host.rename(LOOP, "/r/a", "/r/keep/a");

    assertLeftAlone();
  }

  @Test
  void fileRenamedAndResizedIsLeftAlone() {
    FakeFile file = attach("/r/a");
    start("/r/**", "/r/keep/**");
    host.runSeconds(5);

    host.rename(LOOP, "/r/a", "/r/keep/a");
    file.resize(SIZE + 64 * MIB);
    host.setSize(LOOP, SIZE + 64 * MIB);
    host.engine().requestRescan();

    assertLeftAlone();
  }

  @ParameterizedTest
  @ValueSource(strings = {"LOOP_GET_STATUS64", "open_by_handle_at", "cachestat", "posix_fadvise"})
  void fileRenamedDuringASweepIsLeftAloneFromTheNextOn(String call) {
    attach("/r/a");
    start("/r/**", "/r/keep/**");
    host.kernel().beforeNext(call, () -> host.rename(LOOP, "/r/a", "/r/keep/a"));
    host.tick();
    host.tickAfterSeconds(1);

    assertLeftAlone();
  }

  @Test
  void fileMovedOutOfAnExcludedDirectoryIsServedAfterARescan() {
    attach("/r/keep/a");
    start("/r/**", "/r/keep/**");
    assertLeftAlone();

    host.rename(LOOP, "/r/keep/a", "/r/a");

    assertServed();
  }

  @Test
  void newSettingsReadThePathsAgain() {
    attach("/r/keep/a");
    start("/r/**", "/r/keep/**");
    host.tick();
    host.rename(LOOP, "/r/keep/a", "/r/a");

    host.engine().apply(TestHost.settings(patterns("/r/**", "/r/keep/**")));
    host.tickAfterSeconds(1);

    assertThat(host.report(LOOP).state()).isNotEqualTo(DeviceState.EXCLUDED);
  }

  @Test
  void excludeByThePathOnTheHostHoldsForAFileOfAPod() {
    attach("/srv/keep/a.img", "/pvc/a.img");
    start("*", "/srv/keep/**");

    assertLeftAlone();
    assertThat(host.adviceCalls()).isZero();
  }

  @Test
  void includeByThePathOnTheHostHoldsForAFileOfAPod() {
    attach("/srv/a.img", "/pvc/a.img");
    start("/srv/**", "/none");

    assertServed();
  }

  @Test
  void includedFileStaysIncludedWhenItsNamespaceEnds() {
    attach("/srv/a.img", "/pvc/a.img");
    start("/pvc/**", "/none");
    host.runSeconds(5);

    relabel("/a.img");

    host.run(Duration.ofMinutes(1));
    assertServed();
  }

  @Test
  void excludedFileStaysExcludedWhenItsNamespaceEnds() {
    attach("/srv/a.img", "/pvc/a.img");
    start("*", "/pvc/**");
    host.runSeconds(5);

    relabel("/a.img");

    assertLeftAlone();
  }

  @Test
  void fileMovedFromAnExcludedDirectoryToTheRootIsServed() {
    attach("/keep/a");
    start("*", "/keep/**");
    assertLeftAlone();

    host.rename(LOOP, "/keep/a", "/a"); // which might be the end of a namespace, too

    host.run(Duration.ofMinutes(1));
    assertServed();
  }

  @Test
  void fileThatOnlyTheNameOfItsDeviceCouldIncludeIsNotOpened() {
    attach("/srv/a.img", "/pvc/a.img");
    start("loop7", "/none");

    assertLeftAlone();

    assertThat(host.kernel().calls("openLocated")).isEmpty();
  }

  @Test
  void fileThatNoNameIncludesIsOpenedOnce() {
    attach("/srv/a.img", "/pvc/a.img");
    start("/data/**", "/none");

    assertLeftAlone();

    assertThat(host.kernel().calls("openLocated")).hasSize(1);
  }
}
