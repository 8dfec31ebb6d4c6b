package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import io.fadvised.linux.FakeKernel;
import io.fadvised.policy.Reason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Devices that are detached or attached to another file during a sweep. */
class AttachmentChangesTest {
  @RegisterExtension final TestHost host = new TestHost();

  private Reason.Code code() {
    return host.report("loop0").reason().code();
  }

  private long residentBytes() {
    return host.report("loop0").residency().orElseThrow().residentBytes();
  }

  @Test
  void eventOfTheDeviceEndsItsSweepAfterThePresentCall() {
    FakeFile file = host.attachRead("loop0", TestHost.GIB); // eight calls
    host.start();
    host.kernel()
        .beforeNext(
            "posix_fadvise",
            () -> {
              host.kernel().forgetCalls();
              host.engine().devicesChanged(List.of("loop0", "loop7"));
            });

    host.tick();

    assertThat(host.kernel().calls())
        .as("neither advice nor measurement")
        .extracting(FakeKernel.Call::name)
        .doesNotContain("posix_fadvise", "cachestat", "mincore");
    host.runSeconds(10);
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void eventOfAnotherDeviceDoesNotEndASweep() {
    FakeFile file = host.attachRead("loop0", TestHost.GIB);
    host.start();
    host.kernel().beforeNext("posix_fadvise", () -> host.engine().devicesChanged(List.of("loop1")));

    host.tick();

    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void resultIsDiscardedIfTheDeviceIsAttachedToAnotherFile() {
    FakeFile old = host.attachRead("loop0", 100 * MIB);
    FakeFile other = host.file("/srv/other.img", TestHost.GIB).read(0, 20 * MIB);
    host.start();
    host.kernel().beforeNext("posix_fadvise", () -> host.attach("loop0", "/srv/other.img", other));

    Duration next = host.tick();

    assertThat(code()).isEqualTo(Reason.Code.CHANGED);
    assertThat(host.report("loop0").residency()).isEmpty();
    assertThat(host.heard().lastSweep().eviction()).isEmpty();
    assertThat(host.snapshot().totals().releasedBytes()).isZero();
    assertThat(old.residentBytes()).isZero();
    assertThat(next).isLessThan(Duration.ofSeconds(1)); // to scan soon

    host.tickAfter(next);

    assertThat(host.heard().disappeared).containsExactly("loop0");
    assertThat(host.report("loop0").device().backingPath().text()).isEqualTo("/srv/other.img");
    assertThat(residentBytes()).isEqualTo(20 * MIB);
  }

  @Test
  void resultIsDiscardedByTheFilesIdentityWithoutDiskseq() {
    host.attachRead("loop0", 100 * MIB);
    host.sys().without("loop0", "diskseq");
    FakeFile other = host.file("/srv/new", TestHost.GIB).read(0, 20 * MIB);
    host.start();
    host.kernel()
        .beforeNext(
            "posix_fadvise",
            () -> {
              host.kernel().link(other, "/srv/loop0.img");
              host.kernel().attach("loop0", other);
            });

    host.tick();
    assertThat(code()).isEqualTo(Reason.Code.CHANGED);

    host.runSeconds(5);
    assertThat(residentBytes()).isEqualTo(20 * MIB);
  }

  @Test
  void deviceIsGoneIfItIsDetached() {
    host.attachRead("loop0", 100 * MIB);
    host.start();
    host.kernel().beforeNext("posix_fadvise", () -> host.detach("loop0"));

    Duration next = host.tick();
    assertThat(code()).isEqualTo(Reason.Code.CHANGED);

    host.tickAfter(next);
    assertThat(host.snapshot().devices()).isEmpty();
    assertThat(host.heard().disappeared).containsExactly("loop0");
  }
}
