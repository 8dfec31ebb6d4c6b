package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Imitates the volume that kubelet makes of a ConfigMap (pkg/volume/util/atomic_writer.go): a
 * directory open to all with links into a hidden directory, mounted read-only for the daemon.
 */
@NeedsLoopDevices
class ConfigMapIT {
  private static final String MAKE =
      "mount -t tmpfs -o mode=0777 none %1$s && mkdir %1$s/..2025 && chmod 755 %1$s/..2025"
          + " && echo 'fadvised.dry-run = true' >%1$s/..2025/fadvised.conf"
          + " && ln -s ..2025 %1$s/..data && ln -s ..data/fadvised.conf %1$s/fadvised.conf && ";

  @TempDir private Path directory;

  @Test
  void readOnlyMountOpenToAllIsTrusted() throws Exception {
    CommandResult result = checkIn("mount -o remount,bind,ro " + directory);

    assertThat(result.err()).isEmpty();
    assertThat(result.out()).contains("fadvised.dry-run = true");
  }

  @Test
  void writableMountOpenToAllIsRejected() throws Exception {
    CommandResult result = checkIn("true");

    assertThat(result.exitCode()).isEqualTo(78);
    assertThat(result.err()).contains("is writable by group or others: chmod go-w " + directory);
  }

  @Test
  void readOnlyDirectoryOpenToAllThatIsNotAMountIsRejected() throws Exception {
    CommandResult result =
        checkIn("chmod 777 %1$s/..2025 && mount -o remount,bind,ro %1$s".formatted(directory));

    assertThat(result.exitCode()).isEqualTo(78);
    assertThat(result.err()).contains("chmod go-w " + directory.resolve("..2025"));
  }

  private CommandResult checkIn(String mounting) throws Exception {
    String command = MAKE.formatted(directory) + mounting + " && exec %s check-config %s";
    return Shell.attempt(
        "unshare",
        "--mount",
        "sh",
        "-c",
        command.formatted(Shell.launcher(), directory.resolve("fadvised.conf")));
  }
}
