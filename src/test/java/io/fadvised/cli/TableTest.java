package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fadvised.cli.Table.Column;
import org.junit.jupiter.api.Test;

class TableTest {
  private static final Column NAME = Column.ofText("NAME");
  private static final Column SIZE = Column.ofNumbers("SIZE");
  private static final Column FILE = Column.ofText("FILE");

  @Test
  void numbersAreAlignedRightAndTextLeft() {
    Table table = new Table(80, NAME, SIZE, FILE);
    table.add("", "loop0", "1 GiB", "/a");
    table.add("", "loop10", "512 B", "/b");

    assertThat(table.lines())
        .containsExactly("NAME     SIZE  FILE", "loop0   1 GiB  /a", "loop10  512 B  /b");
  }

  @Test
  void longPathIsShortenedInTheMiddle() {
    Table table = new Table(40, NAME, FILE);
    table.add("", "loop0", "/var/lib/containers/volumes/pvc-0123456789/disk.img");

    assertThat(table.lines().get(1)).hasSize(40).startsWith("loop0  /var/lib").endsWith("disk.img");
  }

  @Test
  void noteIsWrappedBelowItsRow() {
    Table table = new Table(30, NAME, FILE);
    table.add("a note that is longer than one line", "loop0", "/a");

    assertThat(table.lines())
        .containsExactly(
            "NAME   FILE", "loop0  /a", "       a note that is longer", "       than one line");
  }

  @Test
  void rowOfWrongLengthIsRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Table(80, NAME, SIZE).add("", "loop0"))
        .withMessage("1 cells for 2 columns");
  }

  @Test
  void wordLongerThanTheLineGetsItsOwnLine() {
    assertThat(Lines.wrapped("a verylongword b", 6)).containsExactly("a", "verylongword", "b");
  }

  @Test
  void textThatFitsIsNotShortened() {
    assertThat(Lines.shortened("/short", 6)).isEqualTo("/short");
    assertThat(Lines.shortened("/shorter", 7)).isEqualTo("/...ter");
  }
}
