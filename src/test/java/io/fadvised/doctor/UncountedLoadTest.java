package io.fadvised.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.Host;
import io.fadvised.engine.TestHost;
import io.fadvised.linux.Errno;
import io.fadvised.linux.LinuxDirectIo;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class UncountedLoadTest {
  @RegisterExtension final TestHost host = new TestHost();

  /** Without device nodes. */
  @TempDir private Path devices;

  private DeviceFindings examine() throws Exception {
    host.attach("loop0", "/srv/loop0.img", TestHost.GIB);
    Host seen = host.host();
    seen.diskStats().read(); // writes the file
    return new Doctor(seen, new LinuxDirectIo(), devices, host.sys().root(), host.proc())
        .examine(Duration.ofSeconds(1), name -> true, soFar -> {})
        .devices()
        .get(0);
  }

  @Test
  void loadIsUnknownWhereTheKernelDoesNotCountIo() throws Exception {
    host.el7();

    assertThat(examine().load()).isEmpty();
  }

  @Test
  void loadOfAnUnreachableFileIsUnknownWhereTheKernelDoesNotCountIo() throws Exception {
    host.el7().kernel().fail("openLoopDevice", Errno.EPERM);

    assertThat(examine().load()).isEmpty();
  }

  @Test
  void loadIsKnownWhereTheKernelCountsIo() throws Exception {
    assertThat(examine().load().orElseThrow().isActive()).isFalse();
  }
}
