package io.fadvised.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileNamesTest {
  private static FileNames attached(String label) {
    return FileNames.of(
        new LoopDevice(
            "loop0",
            BackingPath.of(label),
            0,
            0,
            1 << 20,
            false,
            Optional.empty(),
            512,
            OptionalLong.of(1)));
  }

  private static Optional<BackingPath> path(String text) {
    return Optional.of(BackingPath.of(text));
  }

  @Test
  void unopenedFileHasOnlyItsLabel() {
    FileNames names = attached("/pvc/a.img");

    assertThat(names.texts()).containsExactly("/pvc/a.img");
    assertThat(names.confirmed()).isFalse();
  }

  @Test
  void openedFileAlsoHasItsPathOnTheHost() {
    FileNames names = attached("/pvc/a.img").opened(path("/var/lib/pvc/a.img"));

    assertThat(names.texts()).containsExactly("/pvc/a.img", "/var/lib/pvc/a.img");
    assertThat(names.confirmed()).isTrue();
  }

  @Test
  void fileInAnotherNamespaceIsConfirmedWithoutAHostPath() {
    FileNames names = attached("/pvc/a.img").opened(Optional.empty());

    assertThat(names.texts()).containsExactly("/pvc/a.img");
    assertThat(names.confirmed()).isTrue();
  }

  @Test
  void hostPathEqualToTheLabelIsListedOnce() {
    assertThat(attached("/a").opened(path("/a")).texts()).containsExactly("/a");
  }

  @ParameterizedTest
  @CsvSource({"/r/a, /r/keep/a", "/r/keep/a, /r/a", "/a, /keep/a", "/r/a, /r/b"})
  void renamedFileLosesItsOldNames(String before, String after) {
    FileNames names = attached(before).opened(path(before)).labelled(BackingPath.of(after));

    assertThat(names.texts()).containsExactly(after);
    assertThat(names.confirmed()).isFalse();
  }

  @Test
  void oldLabelIsKeptAfterItsNamespaceEnds() {
    FileNames names =
        attached("/pvc/a.img")
            .opened(path("/var/lib/pvc/a.img"))
            .labelled(BackingPath.of("/a.img"))
            .opened(path("/var/lib/pvc/a.img"));

    assertThat(names.texts()).containsExactly("/a.img", "/var/lib/pvc/a.img", "/pvc/a.img");
    assertThat(names.confirmed()).isTrue();
  }

  @Test
  void allOldLabelsAreKeptAfterSeveralCuts() {
    FileNames names =
        attached("/a/b/c.img")
            .labelled(BackingPath.of("/b/c.img"))
            .labelled(BackingPath.of("/c.img"));

    assertThat(names.texts()).containsExactly("/c.img", "/a/b/c.img", "/b/c.img");
  }

  @Test
  void shorterLabelEqualToTheHostPathIsARename() {
    FileNames moved = attached("/keep/a.img").opened(path("/keep/a.img"));

    FileNames doubtful = moved.labelled(BackingPath.of("/a.img"));
    assertThat(doubtful.texts()).containsExactly("/a.img", "/keep/a.img");
    assertThat(doubtful.confirmed()).isFalse();

    assertThat(doubtful.opened(path("/a.img")).texts()).containsExactly("/a.img");
  }

  @Test
  void deletedFileKeepsItsNames() {
    FileNames names = attached("/pvc/a.img").opened(path("/srv/a.img"));

    FileNames deleted = names.labelled(BackingPath.of("/pvc/a.img (deleted)"));

    assertThat(deleted.texts()).isEqualTo(names.texts());
    assertThat(deleted.confirmed()).isTrue();
    assertThat(deleted.opened(Optional.empty()).texts()).isEqualTo(names.texts());
  }

  @Test
  void sameLabelChangesNothing() {
    FileNames names = attached("/a").opened(path("/b"));

    assertThat(names.labelled(BackingPath.of("/a"))).isSameAs(names);
  }
}
