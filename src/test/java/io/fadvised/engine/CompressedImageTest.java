package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.directio.Cause;
import io.fadvised.linux.Errno;
import io.fadvised.linux.FakeFile;
import io.fadvised.policy.Reason;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Read-only squashfs images, whose lower cache is no second copy. */
class CompressedImageTest {
  @RegisterExtension final TestHost host = new TestHost();
  private FakeFile image;

  @BeforeEach
  void attach() {
    image = host.attachRead("loop0", 100 * MIB);
    image.beginningWith("hsqs".getBytes(ISO_8859_1));
    host.setReadOnly("loop0");
  }

  private Reason.Code code(String loop) {
    return host.report(loop).reason().code();
  }

  private long imageReads() {
    return host.kernel().calls().stream().filter(call -> call.name().equals("pread")).count();
  }

  @Test
  void lowerCacheIsLeftWhileMemoryIsAmple() {
    host.start();

    host.tick();
    host.read("loop0", 100 * MIB, 50 * MIB);
    host.run(Duration.ofMinutes(5));

    assertThat(image.residentBytes()).isEqualTo(150 * MIB);
    assertThat(code("loop0")).isEqualTo(Reason.Code.COMPRESSED);
    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.MANAGED);
    assertThat(imageReads()).isEqualTo(1);
  }

  @Test
  void lowerCacheIsEvictedWhenMemoryBecomesShortAndLeftAfterwards() {
    host.start();
    host.tick();

    host.setAvailable(0.05);
    host.tickAfterSeconds(1);
    assertThat(image.residentBytes()).isZero();

    host.setAvailable(0.5);
    host.run(Duration.ofMinutes(3));
    host.read("loop0", 0, 100 * MIB);
    host.run(Duration.ofMinutes(2));
    assertThat(image.residentBytes()).isEqualTo(100 * MIB);
  }

  @Test
  void otherDevicesKeepTheirShareOfTheBudget() {
    host.start("budget.relaxed=64MiB");
    host.tick();
    FakeFile other = host.attachRead("loop1", 60 * MIB);

    host.run(Duration.ofMinutes(1));

    assertThat(host.report("loop0").reason().code()).isEqualTo(Reason.Code.COMPRESSED);
    assertThat(other.residentBytes()).isEqualTo(60 * MIB);
  }

  @Test
  void imageWithinItsAllowanceIsNotRead() {
    FakeFile small = host.attachRead("loop1", 4 * MIB);
    small.beginningWith("hsqs".getBytes(ISO_8859_1));
    host.setReadOnly("loop1");
    host.start("devices.exclude=[loop0]", "direct-io=ignore");

    host.run(Duration.ofMinutes(1));

    assertThat(imageReads()).isZero();
  }

  @Test
  void writableOrUnreadableDeviceIsEvictedAsUsual() {
    FakeFile writable = host.attachRead("loop1", 100 * MIB);
    writable.beginningWith("hsqs".getBytes(ISO_8859_1));
    host.kernel().fail("pread", image, Errno.EIO);
    host.start();

    host.run(Duration.ofSeconds(5));

    assertThat(writable.residentBytes()).isZero();
    assertThat(image.residentBytes()).isZero();
  }

  @Test
  void enableModeLeavesDirectIoOff() {
    host.directIo().diagnoses(Cause.COMPRESSED, "its files are compressed");
    host.start("direct-io=enable");

    host.tick();

    assertThat(host.directIo().calls()).isEmpty();
    assertThat(host.report("loop0").directIo()).isEqualTo("its files are compressed");
  }
}
