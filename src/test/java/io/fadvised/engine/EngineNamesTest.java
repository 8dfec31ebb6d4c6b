package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns hold for each name of a backing file, and are applied anew when a name changes. */
class EngineNamesTest {
  private static final String LOOP = "loop0";
  private static final long SIZE = 256 * MIB;

  @RegisterExtension final TestHost host = new TestHost();

  private void start(String include, String exclude) {
    host.start(
        "devices.include=[\"" + include + "\"]",
        "devices.exclude=[\"" + exclude + "\"]",
        "budget.relaxed=0",
        "budget.pressed=0");
  }

  private FakeFile attach(String path, String label) {
    FakeFile file = host.file(path, SIZE);
    host.attach(LOOP, label, file);
    host.read(LOOP, 0, SIZE);
    return file;
  }

  private void rename(FakeFile file, String before, String after) {
    host.kernel().unlink(before);
    host.kernel().link(file, after);
    relabel(after);
  }

  private void relabel(String label) {
    host.sys().set(LOOP, "loop/backing_file", label);
  }

  private void assertLeftAlone(FakeFile file) {
    int calls = host.adviceCalls();
    host.read(LOOP, 0, SIZE);
    host.run(Duration.ofMinutes(3));
    assertThat(host.report(LOOP).state()).isEqualTo(DeviceState.EXCLUDED);
    assertThat(host.adviceCalls()).isEqualTo(calls);
  }

  private void assertServed(FakeFile file) {
    int calls = host.adviceCalls();
    host.read(LOOP, 0, SIZE);
    host.run(Duration.ofSeconds(30));
    assertThat(host.report(LOOP).state()).isNotEqualTo(DeviceState.EXCLUDED);
    assertThat(host.adviceCalls()).isGreaterThan(calls);
  }

  @Test
  void fileRenamedIntoAnExcludedDirectoryIsLeftAlone() {
    start("/r/**", "/r/keep/**");
    FakeFile file = attach("/r/a", "/r/a");
    host.run(Duration.ofSeconds(5));

    rename(file, "/r/a", "/r/keep/a");

    assertLeftAlone(file);
  }

  @Test
  void fileRenamedAndResizedIsLeftAlone() {
    start("/r/**", "/r/keep/**");
    FakeFile file = attach("/r/a", "/r/a");
    host.run(Duration.ofSeconds(5));

    rename(file, "/r/a", "/r/keep/a");
    file.resize(SIZE + 64 * MIB);
    host.setSize(LOOP, SIZE + 64 * MIB);
    host.engine().requestRescan();

    assertLeftAlone(file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"LOOP_GET_STATUS64", "open_by_handle_at", "cachestat", "posix_fadvise"})
  void fileRenamedDuringASweepIsLeftAloneFromTheNextOn(String call) {
    start("/r/**", "/r/keep/**");
    FakeFile file = attach("/r/a", "/r/a");
    host.kernel().beforeNext(call, () -> rename(file, "/r/a", "/r/keep/a"));
    host.tick();
    host.tickAfterSeconds(1);

    assertLeftAlone(file);
  }

  @Test
  void fileMovedOutOfAnExcludedDirectoryIsServedAfterARescan() {
    start("/r/**", "/r/keep/**");
    FakeFile file = attach("/r/keep/a", "/r/keep/a");
    assertLeftAlone(file);

    rename(file, "/r/keep/a", "/r/a");

    assertServed(file);
  }

  @Test
  void reloadReadsThePathsAgain() {
    start("/r/**", "/r/keep/**");
    FakeFile file = attach("/r/keep/a", "/r/keep/a");
    host.tick();
    rename(file, "/r/keep/a", "/r/a");

    host.engine()
        .apply(
            TestHost.settings("devices.include=[\"/r/**\"]", "devices.exclude=[\"/r/keep/**\"]"));
    host.tickAfterSeconds(1);

    assertThat(host.report(LOOP).state()).isNotEqualTo(DeviceState.EXCLUDED);
  }

  @Test
  void excludeByThePathOnTheHostHoldsForAFileOfAPod() {
    start("*", "/srv/keep/**");

    FakeFile file = attach("/srv/keep/a.img", "/pvc/a.img");

    assertLeftAlone(file);
    assertThat(host.adviceCalls()).isZero();
  }

  @Test
  void includeByThePathOnTheHostHoldsForAFileOfAPod() {
    start("/srv/**", "/none");

    assertServed(attach("/srv/a.img", "/pvc/a.img"));
  }

  @Test
  void includedFileStaysIncludedWhenItsNamespaceEnds() {
    start("/pvc/**", "/none");
    FakeFile file = attach("/srv/a.img", "/pvc/a.img");
    host.run(Duration.ofSeconds(5));

    relabel("/a.img");

    host.run(Duration.ofMinutes(1));
    assertServed(file);
  }

  @Test
  void excludedFileStaysExcludedWhenItsNamespaceEnds() {
    start("*", "/pvc/**");
    FakeFile file = attach("/srv/a.img", "/pvc/a.img");
    host.run(Duration.ofSeconds(5));

    relabel("/a.img");

    assertLeftAlone(file);
  }

  @Test
  void fileMovedFromAnExcludedDirectoryToTheRootIsServed() {
    start("*", "/keep/**");
    FakeFile file = attach("/keep/a", "/keep/a");
    assertLeftAlone(file);

    rename(file, "/keep/a", "/a"); // which might be the end of a namespace, too

    host.run(Duration.ofMinutes(1));
    assertServed(file);
  }

  @Test
  void fileThatOnlyTheNameOfItsDeviceCouldIncludeIsNotOpened() {
    start("loop7", "/none");

    assertLeftAlone(attach("/srv/a.img", "/pvc/a.img"));

    assertThat(host.kernel().calls("openLocated")).isEmpty();
  }

  @Test
  void fileThatNoNameIncludesIsOpenedOnce() {
    start("/data/**", "/none");

    assertLeftAlone(attach("/srv/a.img", "/pvc/a.img"));

    assertThat(host.kernel().calls("openLocated")).hasSize(1);
  }
}
