package io.fadvised.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private static int turns(double... values) {
    Turns turns = new Turns(0.5);
    DoubleStream.of(values).forEach(turns::add);
    return turns.count();
  }

  @Test
  void valueThatGoesBackAndForthTurnsEachTime() {
    assertThat(turns(0.1, 0.8, 0.1, 0.8, 0.1)).isEqualTo(3);
    assertThat(turns(0.8, 0.1, 0.8)).isEqualTo(1);
  }

  @Test
  void changeInOneDirectionIsNoTurn() {
    assertThat(turns(0, 0.2, 0.7, 1, 3)).isZero();
    assertThat(turns(3, 1, 0.2, 0)).isZero();
  }

  @Test
  void smallChangesAreNoTurns() {
    assertThat(turns(0.1, 0.5, 0.1, 0.5, 0.1)).isZero();
    assertThat(turns(0.1, 0.8, 0.4, 0.8, 0.4)).isZero();
  }
}
