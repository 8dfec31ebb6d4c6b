package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The options that the launcher passes to the JVM. */
@Requires
class LauncherIT {
  private static final Path PROGRAM =
      Path.of(System.getProperty("fadvised.home", "target/fadvised"), "bin/fadvised")
          .toAbsolutePath();

  private static final String CGROUPS = "/sys/fs/cgroup/memory";
  private static final Pattern HEAP = Pattern.compile(" -Xmx(\\d+)m ");

  @RegisterExtension final Scratch scratch = new Scratch();

  @Test
  void heapFollowsFromMemory() throws IOException {
    assertThat(heapMebibytes("exec")).isBetween(32, 256);
  }

  @ParameterizedTest
  @CsvSource({"150, 50", "60, 32"})
  @Requires(files = CGROUPS + "/memory.limit_in_bytes")
  void heapIsAThirdOfTheMemoryLimitAndAtLeast32Mebibytes(int limit, int heap) throws IOException {
    Path outer = Path.of(CGROUPS, "fadvised-it-" + ProcessHandle.current().pid());
    for (Path cgroup : new Path[] {outer, outer.resolve("inner")}) {
      Files.createDirectory(cgroup);
      scratch.later(() -> Files.delete(cgroup));
    }
    Files.writeString(outer.resolve("memory.limit_in_bytes"), limit + "M");

    assertThat(heapMebibytes("echo $$ >" + outer + "/inner/cgroup.procs; exec")).isEqualTo(heap);
  }

  /** Runs the launcher with a program in place of Java that prints its arguments. */
  private int heapMebibytes(String prefix) throws IOException {
    Path home = Files.createDirectories(scratch.file("jdk").resolve("bin")).getParent();
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");
    Path java = Files.writeString(home.resolve("bin/java"), "#!/bin/sh\necho \" $* \"\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
    String options =
        Commands.run(
            "sh", "-c", "export FADVISED_JAVA=" + java + "; " + prefix + " " + PROGRAM + " status");
    Matcher heap = HEAP.matcher(options + " ");
    assertThat(heap.find()).as(options).isTrue();
    return Integer.parseInt(heap.group(1));
  }
}
