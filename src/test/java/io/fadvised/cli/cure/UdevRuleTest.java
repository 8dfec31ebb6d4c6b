package io.fadvised.cli.cure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UdevRuleTest {
  @TempDir private Path directory;

  @BeforeEach
  void makeARootOfTheHost() throws IOException {
    Files.createDirectories(directory.resolve("1/root/etc"));
  }

  @Test
  void ruleMatchesOneBackingFileWithoutDirectIo() {
    assertThat(new UdevRule("/srv/my images/web.img").lines("/usr/sbin/losetup"))
        .containsExactly(
            "# By \"fadvised cure --persist\". To undo it, remove this file.",
            "ACTION!=\"remove\", SUBSYSTEM==\"block\", KERNEL==\"loop*\","
                + " ATTR{loop/backing_file}==\"/srv/my images/web.img\", ATTR{loop/dio}==\"0\","
                + " RUN+=\"/usr/sbin/losetup --direct-io=on $devnode\"");
  }

  @Test
  void filesOfOneNameHaveRulesOfDifferentNames() {
    String name = new UdevRule("/srv/a/web (1).img").fileName();

    assertThat(name).matches("90-fadvised-web__1_\\.img-[0-9a-f]{8}\\.rules");
    assertThat(new UdevRule("/srv/b/web (1).img").fileName()).isNotEqualTo(name);
    assertThat(new UdevRule("/" + "ä".repeat(4000)).fileName()).hasSizeLessThan(100);
  }

  @Test
  void fileIsWrittenOnceAndReadableForAll() throws IOException {
    RuleFile file = new RuleFile(rules().resolve("90-a.rules"), List.of("one", "two"));
    assertThat(file.isInstalled()).isFalse();

    file.install();

    assertThat(file.isInstalled()).isTrue();
    assertThat(file.path()).hasContent("one\ntwo\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.path())))
        .isEqualTo("rw-r--r--");
    assertThat(rules().toFile().list()).hasSize(1);
  }

  @Test
  void otherFileIsNotOverwritten() throws IOException {
    RuleFile file = new RuleFile(rules().resolve("90-a.rules"), List.of("ours"));
    Files.writeString(file.path(), "theirs");

    assertThatThrownBy(file::isInstalled).isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(file::install).isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file.path()).hasContent("theirs");
    assertThat(rules().toFile().list()).hasSize(1);
  }

  @Test
  void linkIsNotFollowed() throws IOException {
    Path target = rules().resolve("target");
    RuleFile file = new RuleFile(rules().resolve("90-a.rules"), List.of("ours"));
    Files.createSymbolicLink(file.path(), target);

    assertThatThrownBy(file::isInstalled).isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(file::install).isInstanceOf(FileAlreadyExistsException.class);
    assertThat(target).doesNotExist();
  }

  private Path rules() {
    return directory.resolve("1/root/etc");
  }
}
