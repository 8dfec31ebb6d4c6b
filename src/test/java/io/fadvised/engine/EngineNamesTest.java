package io.fadvised.engine;

import static io.fadvised.engine.EngineFixture.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns hold for each name of a backing file, and are applied anew when a name changes. */
class EngineNamesTest {
  private static final String LOOP = "loop0";
  private static final long SIZE = 256 * MIB;

  @TempDir private Path folder;

  private EngineFixture engine(String include, String exclude) {
    return new EngineFixture(
        folder,
        "devices.include=[\"" + include + "\"]",
        "devices.exclude=[\"" + exclude + "\"]",
        "budget.relaxed=0",
        "budget.pressed=0");
  }

  private static FakeFile attach(EngineFixture engine, String path, String label) {
    FakeFile file = engine.host.file(path, SIZE);
    engine.host.attach(LOOP, label, file);
    engine.host.read(LOOP, file, 0, SIZE);
    return file;
  }

  private static void rename(EngineFixture engine, FakeFile file, String before, String after) {
    engine.host.kernel().unlink(before);
    engine.host.kernel().link(file, after);
    relabel(engine, after);
  }

  private static void relabel(EngineFixture engine, String label) {
    engine.host.sys().set(LOOP, "loop/backing_file", label);
  }

  private static void assertLeftAlone(EngineFixture engine, FakeFile file) {
    int calls = engine.adviceCalls();
    engine.host.read(LOOP, file, 0, SIZE);
    engine.run(Duration.ofMinutes(3));
    assertThat(engine.report(LOOP).state()).isEqualTo(DeviceState.EXCLUDED);
    assertThat(engine.adviceCalls()).isEqualTo(calls);
  }

  private static void assertServed(EngineFixture engine, FakeFile file) {
    int calls = engine.adviceCalls();
    engine.host.read(LOOP, file, 0, SIZE);
    engine.run(Duration.ofSeconds(30));
    assertThat(engine.report(LOOP).state()).isNotEqualTo(DeviceState.EXCLUDED);
    assertThat(engine.adviceCalls()).isGreaterThan(calls);
  }

  @Test
  void fileRenamedIntoAnExcludedDirectoryIsLeftAlone() {
    EngineFixture engine = engine("/r/**", "/r/keep/**");
    FakeFile file = attach(engine, "/r/a", "/r/a");
    engine.run(Duration.ofSeconds(5));

    rename(engine, file, "/r/a", "/r/keep/a");

    assertLeftAlone(engine, file);
  }

  @Test
  void fileRenamedAndResizedIsLeftAlone() {
    EngineFixture engine = engine("/r/**", "/r/keep/**");
    FakeFile file = attach(engine, "/r/a", "/r/a");
    engine.run(Duration.ofSeconds(5));

    rename(engine, file, "/r/a", "/r/keep/a");
    engine.host.resize(LOOP, file, SIZE + 64 * MIB);
    engine.engine.requestRescan();

    assertLeftAlone(engine, file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"LOOP_GET_STATUS64", "open_by_handle_at", "cachestat", "posix_fadvise"})
  void fileRenamedDuringASweepIsLeftAloneFromTheNextOn(String call) {
    EngineFixture engine = engine("/r/**", "/r/keep/**");
    FakeFile file = attach(engine, "/r/a", "/r/a");
    engine.host.kernel().beforeNext(call, () -> rename(engine, file, "/r/a", "/r/keep/a"));
    engine.tick();
    engine.tickAfterSeconds(1);

    assertLeftAlone(engine, file);
  }

  @Test
  void fileMovedOutOfAnExcludedDirectoryIsServedAfterARescan() {
    EngineFixture engine = engine("/r/**", "/r/keep/**");
    FakeFile file = attach(engine, "/r/keep/a", "/r/keep/a");
    assertLeftAlone(engine, file);

    rename(engine, file, "/r/keep/a", "/r/a");

    assertServed(engine, file);
  }

  @Test
  void reloadReadsThePathsAgain() {
    EngineFixture engine = engine("/r/**", "/r/keep/**");
    FakeFile file = attach(engine, "/r/keep/a", "/r/keep/a");
    engine.tick();
    rename(engine, file, "/r/keep/a", "/r/a");

    engine.engine.apply(
        EngineFixture.settings("devices.include=[\"/r/**\"]", "devices.exclude=[\"/r/keep/**\"]"));
    engine.tickAfterSeconds(1);

    assertThat(engine.report(LOOP).state()).isNotEqualTo(DeviceState.EXCLUDED);
  }

  @Test
  void excludeByThePathOnTheHostHoldsForAFileOfAPod() {
    EngineFixture engine = engine("*", "/srv/keep/**");

    FakeFile file = attach(engine, "/srv/keep/a.img", "/pvc/a.img");

    assertLeftAlone(engine, file);
    assertThat(engine.adviceCalls()).isZero();
  }

  @Test
  void includeByThePathOnTheHostHoldsForAFileOfAPod() {
    EngineFixture engine = engine("/srv/**", "/none");

    assertServed(engine, attach(engine, "/srv/a.img", "/pvc/a.img"));
  }

  @Test
  void includedFileStaysIncludedWhenItsNamespaceEnds() {
    EngineFixture engine = engine("/pvc/**", "/none");
    FakeFile file = attach(engine, "/srv/a.img", "/pvc/a.img");
    engine.run(Duration.ofSeconds(5));

    relabel(engine, "/a.img");

    engine.run(Duration.ofMinutes(1));
    assertServed(engine, file);
  }

  @Test
  void excludedFileStaysExcludedWhenItsNamespaceEnds() {
    EngineFixture engine = engine("*", "/pvc/**");
    FakeFile file = attach(engine, "/srv/a.img", "/pvc/a.img");
    engine.run(Duration.ofSeconds(5));

    relabel(engine, "/a.img");

    assertLeftAlone(engine, file);
  }

  @Test
  void fileMovedFromAnExcludedDirectoryToTheRootIsServed() {
    EngineFixture engine = engine("*", "/keep/**");
    FakeFile file = attach(engine, "/keep/a", "/keep/a");
    assertLeftAlone(engine, file);

    rename(engine, file, "/keep/a", "/a"); // which might be the end of a namespace, too

    engine.run(Duration.ofMinutes(1));
    assertServed(engine, file);
  }

  @Test
  void fileThatOnlyTheNameOfItsDeviceCouldIncludeIsNotOpened() {
    EngineFixture engine = engine("loop7", "/none");

    assertLeftAlone(engine, attach(engine, "/srv/a.img", "/pvc/a.img"));

    assertThat(engine.host.kernel().calls("openLocated")).isEmpty();
  }

  @Test
  void fileThatNoNameIncludesIsOpenedOnce() {
    EngineFixture engine = engine("/data/**", "/none");

    assertLeftAlone(engine, attach(engine, "/srv/a.img", "/pvc/a.img"));

    assertThat(engine.host.kernel().calls("openLocated")).hasSize(1);
  }
}
