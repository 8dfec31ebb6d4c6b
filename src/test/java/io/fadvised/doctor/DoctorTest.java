package io.fadvised.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.directio.Attachment;
import io.fadvised.engine.TestHost;
import io.fadvised.linux.Errno;
import io.fadvised.linux.LinuxDirectIo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DoctorTest {
  @RegisterExtension private final TestHost host = new TestHost();

  private void attach() throws IOException {
    host.attach("loop1", "/srv/1.img", TestHost.MIB);
    host.host().diskStats().read(); // writes the counters
  }

  @Test
  void loadIsUnknownWhereTheKernelDoesNotCountIo() throws Exception {
    host.el7();
    attach();

    assertThat(only(Duration.ofSeconds(1)).load()).isEmpty();
  }

  @Test
  void loadOfAnUnreachableFileIsUnknownWhereTheKernelDoesNotCountIo() throws Exception {
    host.el7().kernel().fail("openLoopDevice", Errno.EPERM);
    attach();

    assertThat(only(Duration.ofSeconds(1)).load()).isEmpty();
  }

  @Test
  void loadOfADeviceThatWasNotWatchedIsUnknown() throws Exception {
    attach();

    assertThat(only(Duration.ofSeconds(1)).load()).isPresent();
    assertThat(only(Duration.ZERO).load()).isEmpty();
  }

  @Test
  void hostIsReadOnlyForADeviceWithACure() throws Exception {
    attach();
    Path line = host.proc().resolve("1/root/etc/fstab");
    Files.createDirectories(line.getParent());
    Files.writeString(line, "/srv/1.img /mnt ext4 loop 0 0\n");

    Attachment curable = only(Duration.ofSeconds(1)).attachment();
    host.sys().set("loop1", "loop/dio", "1");
    Attachment healthy = only(Duration.ofSeconds(1)).attachment();

    assertThat(curable.adviceOnAttaching("")).startsWith("/etc/fstab, line 1 attaches it");
    assertThat(healthy.adviceOnAttaching("")).doesNotContain("fstab");
  }

  private DeviceFindings only(Duration watched) throws IOException, InterruptedException {
    return new Doctor(
            host.host(), new LinuxDirectIo(), TestHost.DEV, host.sys().root(), host.proc(), "")
        .examine(watched, "loop1"::equals, soFar -> {})
        .devices()
        .get(0);
  }
}
