package io.fadvised.directio;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.loop.SysFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountUsersTest {
  private static final String HERE = "mnt:[4026531841]";

  @TempDir private Path proc;

  @BeforeEach
  void startAsProcess50() throws IOException {
    process(50, "fadvised", HERE);
    Files.createSymbolicLink(proc.resolve("self"), Path.of("50"));
  }

  /** Before JUnit does, which warns about links that lead elsewhere. */
  @AfterEach
  void deleteLinks() {
    SysFixture.deleteTree(proc);
  }

  @Test
  void programsWithAFileOrDirectoryOnAMountAreNamed() throws IOException {
    link(process(7, "postgres", HERE), "fd/5", "/srv/one/base/1 (deleted)");
    link(process(8, "bash", HERE), "cwd", "/srv/two");
    link(process(9, "app", HERE), "exe", "/srv/two/bin/app");

    assertThat(users()).containsExactly("app (pid 9)", "bash (pid 8)", "postgres (pid 7)");
  }

  @Test
  void filesElsewhereAreNoUse() throws IOException {
    link(process(7, "tail", HERE), "fd/5", "/srv/one-more/log");
    link(process(8, "nginx", HERE), "fd/5", "socket:[4711]");
    link(process(9, "container", "mnt:[4026532000]"), "cwd", "/srv/one");

    assertThat(users()).isEmpty();
  }

  private List<String> users() {
    return MountUsers.of(
        Attachments.buffered(
            Attachments.mount("/dev/loop3", "/srv/one"),
            Attachments.mount("/dev/loop3", "/srv/two")),
        proc);
  }

  private Path process(int id, String name, String namespace) throws IOException {
    Path process = Files.createDirectory(proc.resolve(String.valueOf(id)));
    Files.createDirectory(process.resolve("fd"));
    Files.createDirectory(process.resolve("ns"));
    Files.writeString(process.resolve("comm"), name + "\n");
    link(process, "ns/mnt", namespace);
    return process;
  }

  private static void link(Path process, String name, String target) throws IOException {
    Files.createSymbolicLink(process.resolve(name), Path.of(target));
  }
}
