package io.fadvised.pagecache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ResidencyTest {
  private static final Residency KNOWN =
      new Residency(100, OptionalLong.of(30), OptionalLong.of(7));

  @Test
  void sumAddsFiguresKnownInBoth() {
    assertThat(KNOWN.plus(KNOWN))
        .isEqualTo(new Residency(200, OptionalLong.of(60), OptionalLong.of(14)));
    assertThat(Residency.NONE.plus(KNOWN)).isEqualTo(KNOWN);
  }

  @Test
  void figureUnknownInOneIsUnknownInTheSum() {
    Residency sum = KNOWN.plus(Residency.ofResident(1));

    assertThat(sum).isEqualTo(Residency.ofResident(101));
    assertThat(Residency.ofResident(1).plus(KNOWN)).isEqualTo(sum);
  }
}
