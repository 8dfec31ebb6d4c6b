package io.fadvised;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.FakeClock;
import io.fadvised.loop.PinnedMounts;
import io.fadvised.status.Reports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PinnedMountLogTest {
  private static final String ROOT = "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n";

  @TempDir private Path proc;
  private final FakeClock clock = new FakeClock();
  private final List<String> warnings = new ArrayList<>();

  @Test
  void pinnedMountIsLoggedOnceForEachTimeItAppears() throws IOException {
    process("1", ROOT);
    process("self", ROOT + "30 21 7:3 / /mnt/ü\u001b rw - ext4 /dev/loop3 rw\n");
    PinnedMountLog log = new PinnedMountLog(new PinnedMounts(proc), clock, warnings::add);

    log.ticked(Reports.emptySnapshot(Reports.AT));
    assertThat(warnings).isEmpty();
    tick(log);
    tick(log);

    assertThat(warnings)
        .containsExactly(
            "loop3: unmounted on the host, but still mounted at /mnt/ü\\u001b in the service's mount"
                + " namespace; restart fadvised to detach it");

    String pinned = Files.readString(proc.resolve("self/mountinfo"));
    Files.writeString(proc.resolve("self/mountinfo"), ROOT);
    tick(log);
    Files.writeString(proc.resolve("self/mountinfo"), pinned);
    tick(log);
    assertThat(warnings).hasSize(2);
  }

  private void tick(PinnedMountLog log) {
    clock.advance(Duration.ofSeconds(31));
    log.ticked(Reports.emptySnapshot(Reports.AT));
  }

  private void process(String name, String mounts) throws IOException {
    Path process = Files.createDirectories(proc.resolve(name));
    Files.createDirectories(process.resolve("ns"));
    Files.createSymbolicLink(process.resolve("ns/mnt"), Path.of("mnt:[" + name.length() + "]"));
    Files.writeString(process.resolve("mountinfo"), mounts);
  }
}
