package io.fadvised.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class PictureTest {
  private final StringWriter out = new StringWriter();
  private final Picture picture = new Picture(new PrintWriter(out), 256L << 20);

  @Test
  void barsAreProportional() {
    assertThat(picture.bar(0)).isEmpty();
    assertThat(picture.bar(128L << 20)).hasSize(10);
    assertThat(picture.bar(256L << 20)).hasSize(20);
  }

  @Test
  void barDoesNotExceedItsWidth() {
    assertThat(picture.bar(1L << 40)).hasSize(20);
  }

  @Test
  void linesFit80Columns() {
    picture.heading();
    picture.printLine("1023.9 MiB", 256L << 20, 256L << 20);

    assertThat(out.toString().lines()).hasSize(2).allMatch(line -> line.length() <= 80);
  }
}
