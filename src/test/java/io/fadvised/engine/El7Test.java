package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import io.fadvised.policy.Reason;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel of EL 7, which does not count the I/O of loop devices. */
class El7Test {
  @RegisterExtension final TestHost host = new TestHost().el7();

  @Test
  void deviceThatFillsIsEvictedEachSecondWhileMemoryIsShort() {
    FakeFile file = host.attach("loop0", "/srv/loop0.img", 600 * MIB);
    host.start();
    host.run(Duration.ofMinutes(2));
    host.setAvailable(0.05);
    host.tickAfterSeconds(1);

    for (int second = 0; second < 5; second++) {
      file.read(100L * second * MIB, 100 * MIB);
      host.tickAfterSeconds(1);
      assertThat(file.residentBytes()).isLessThanOrEqualTo(8 * MIB);
    }
  }

  @Test
  void fileWithHolesInEachRegionTakesOneAdviceForEachWindow() {
    FakeFile file = host.attach("loop0", "/srv/loop0.img", 600 * MIB);
    for (int mib = 0; mib < 600; mib += 4) {
      file.read(mib * MIB, MIB);
    }
    host.start();

    host.tick();

    assertThat(file.residentBytes()).isZero();
    assertThat(host.adviceCalls()).isEqualTo(5);
    assertThat(host.report("loop0").reason().words())
        .isEqualTo("150 MiB resident, 64 MiB allowed; released 150 MiB");
  }

  @Test
  void reasonIsReadAheadWhereNothingElseIsResident() {
    FakeFile file = host.attach("loop0", "/srv/loop0.img", 600 * MIB);
    host.start("budget.relaxed=16MiB");
    host.tick();
    file.read(0, 40 * MIB);
    host.engine().makeAllDue();
    host.tickAfterSeconds(1);
    file.read(100 * MIB, 8 * MIB);
    host.engine().makeAllDue();

    host.tickAfterSeconds(1);

    Reason reason = host.report("loop0").reason();
    assertThat(reason.words())
        .isEqualTo("8 MiB resident and filling, 16 MiB allowed; spared: read ahead");
    assertThat(reason.code()).isEqualTo(Reason.Code.SPARED);
  }

  @Test
  void deviceKeepsItsFiguresWhileItsFileIsRenamedAndDeleted() {
    host.attach("loop0", "/srv/loop0.img", 600 * MIB).read(0, 100 * MIB);
    host.start();
    host.tick();

    host.rename("loop0", "/srv/loop0.img", "/srv/renamed.img");
    host.runSeconds(65);
    host.sys().set("loop0", "loop/backing_file", "/srv/renamed.img (deleted)");
    host.runSeconds(65);

    assertThat(host.heard().disappeared).isEmpty();
    assertThat(host.heard().appeared).hasSize(1);
    DeviceReport report = host.report("loop0");
    assertThat(report.device().backingPath().text()).isEqualTo("/srv/renamed.img (deleted)");
    assertThat(report.totals().releasedBytes()).isEqualTo(100 * MIB);
  }

  @Test
  void patternsAreAppliedToTheNewNameOfAFile() {
    host.attach("loop0", "/srv/loop0.img", 600 * MIB);
    host.start("devices.exclude=[\"/srv/keep/**\"]");
    host.tick();

    host.rename("loop0", "/srv/loop0.img", "/srv/keep/loop0.img");
    host.runSeconds(65);

    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.EXCLUDED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/srv/other.img", "/srv/loop0.img"})
  void deviceThatIsAttachedToAnotherFileIsGoneAndFound(String path) {
    host.attach("loop0", "/srv/loop0.img", 600 * MIB).read(0, 100 * MIB);
    host.start();
    host.tick();
    FakeFile other = host.file(path, 600 * MIB).read(0, 20 * MIB);
    host.attach("loop0", path, other);

    host.runSeconds(65);

    assertThat(host.heard().disappeared).containsExactly("loop0");
    assertThat(host.heard().appeared).hasSize(2);
    DeviceReport report = host.report("loop0");
    assertThat(report.totals().releasedBytes()).isZero();
    assertThat(report.residency().orElseThrow().residentBytes()).isEqualTo(20 * MIB);
  }
}
