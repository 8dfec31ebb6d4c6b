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

  /** A program in place of locale(1) knows C, and the locales that are installed. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        // installed; the caller's; expected
        "C.UTF-8 de_DE.utf8 en_US.utf8; ; C.UTF-8",
        "de_DE.utf8 en_US.utf8 en_US.UTF-8; ; en_US.UTF-8", // EL 7
        "aa_DJ de_DE.utf8 fr_FR.utf8; ; de_DE.utf8",
        "de_DE.utf8; fr_FR.UTF-8; de_DE.utf8",
        "aa_DJ; ; C.UTF-8", // none: as good as any
        "C.UTF-8 de_DE.utf8; de_DE.utf8; de_DE.utf8",
        "C.UTF-8 de_DE; de_DE; de_DE",
      })
  void asciiLocaleIsReplacedByAnInstalledOneWithUtf8(
      String installed, String callers, String expected) throws IOException {
    Path bin = Files.createDirectories(scratch.file("bin"));
    program(
        bin.resolve("locale"),
        """
        installed=" %s "
        [ "$1" != -a ] || exec printf '%%s\\n' C $installed
        case $installed in
          *" ${LC_ALL:-C} "*) ;;
          *) LC_ALL=C ;;
        esac
        case $LC_ALL in
          *.UTF-8 | *.utf8) echo UTF-8 ;;
          C) echo ANSI_X3.4-1968 ;;
          *) echo ISO-8859-1 ;;
        esac
        """
            .formatted(installed));

    String environment =
        callers == null ? "unset LC_ALL LC_CTYPE LANG" : "export LC_ALL=" + callers;

    assertThat(launched(environment + "; export PATH=" + bin + ":$PATH; exec", "$LC_ALL"))
        .isEqualToIgnoringNewLines(expected);
  }

  private int heapMebibytes(String prefix) throws IOException {
    String options = launched(prefix, " $* ");
    Matcher heap = HEAP.matcher(options + " ");
    assertThat(heap.find()).as(options).isTrue();
    return Integer.parseInt(heap.group(1));
  }

  /** Runs the launcher with a program in place of Java that prints some words. */
  private String launched(String prefix, String words) throws IOException {
    Path home = Files.createDirectories(scratch.file("jdk").resolve("bin")).getParent();
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");
    Path java = program(home.resolve("bin/java"), "echo \"" + words + "\"\n");
    return Commands.run(
        "sh", "-c", "export FADVISED_JAVA=" + java + "; " + prefix + " " + PROGRAM + " status");
  }

  private static Path program(Path file, String commands) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + commands);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }
}
