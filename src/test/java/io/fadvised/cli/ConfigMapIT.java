package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A volume as kubelet makes it of a ConfigMap: a folder open to all, links into a folder that a
 * link names (pkg/volume/util/atomic_writer.go), and mounted read-only where the daemon is.
 */
@NeedsLoopDevices
class ConfigMapIT {
  private static final String MAKE =
      "mount -t tmpfs -o mode=0777 none %1$s && mkdir %1$s/..2025 && chmod 755 %1$s/..2025"
          + " && echo 'fadvised.dry-run = true' >%1$s/..2025/fadvised.conf"
          + " && ln -s ..2025 %1$s/..data && ln -s ..data/fadvised.conf %1$s/fadvised.conf && ";

  @TempDir private Path folder;

  @Test
  void itsConfigurationIsTrustedSinceItIsMountedReadOnly() throws Exception {
    Typed typed = checkIn("mount -o remount,bind,ro " + folder);

    assertThat(typed.err()).isEmpty();
    assertThat(typed.out()).contains("fadvised.dry-run = true");
  }

  @Test
  void theSameFolderThatAllMayWriteIsNot() throws Exception {
    Typed typed = checkIn("true");

    assertThat(typed.exitCode()).isEqualTo(78);
    assertThat(typed.err()).contains("is writable by group or others: chmod go-w " + folder);
  }

  @Test
  void anOpenFolderThatIsNoMountOfItsOwnIsNotThoughItIsReadOnly() throws Exception {
    Typed typed =
        checkIn("chmod 777 %1$s/..2025 && mount -o remount,bind,ro %1$s".formatted(folder));

    assertThat(typed.exitCode()).isEqualTo(78);
    assertThat(typed.err()).contains("chmod go-w " + folder.resolve("..2025"));
  }

  private Typed checkIn(String mounting) throws Exception {
    String command = MAKE.formatted(folder) + mounting + " && exec %s check-config %s";
    return Shell.attempt(
        "unshare",
        "--mount",
        "sh",
        "-c",
        command.formatted(Shell.launcher(), folder.resolve("fadvised.conf")));
  }
}
