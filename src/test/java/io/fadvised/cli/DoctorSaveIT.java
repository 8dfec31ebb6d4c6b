package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NeedsLoopDevices
class DoctorSaveIT {
  @TempDir private Path directory;

  @Test
  void fullDiskKeepsTheReportAndLeavesNoFile() throws Exception {
    Path full = Files.createDirectory(directory.resolve("full"));
    Shell.run("mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", full);
    try {
      Files.write(full.resolve("filler"), new byte[4096]);
      Path file = full.resolve("before.json");

      CommandResult result = Shell.fadvised("doctor", "--seconds", "1", "--save", file);

      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.out()).contains("Verdict: ");
      assertThat(result.err())
          .isEqualTo("fadvised: cannot save to " + file + ": No space left on device\n");
      assertThat(file).doesNotExist();
    } finally {
      Shell.run("umount", full);
    }
  }
}
