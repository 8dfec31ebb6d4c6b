package io.fadvised.pressure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PsiTest {

  @Test
  void someTotalIsParsed() {
    String text =
        """
        some avg10=1.53 avg60=0.87 avg300=0.25 total=1084093
        full avg10=0.00 avg60=0.13 avg300=0.06 total=604030
        """;

    assertThat(Psi.parse(text)).contains(new Psi(1084093));
  }

  @Test
  void someTotalIsParsedWithoutAFullLine() {
    assertThat(Psi.parse("some avg10=0.00 avg60=0.00 avg300=0.00 total=77\n"))
        .contains(new Psi(77));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "garbage",
        "some",
        "some total=",
        "some avg10=0.00",
        "some total=-1",
        "full avg10=0.00 avg60=0.00 avg300=0.00 total=5",
      })
  void textWithoutSomeTotalIsEmpty(String text) {
    assertThat(Psi.parse(text)).isEmpty();
  }
}
