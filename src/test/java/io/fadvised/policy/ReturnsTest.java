package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReturnsTest {

  @Test
  void whatWritingDoesNotExplainCameBackByReading() {
    Returns returns = new Returns(100, 20, 0, 0, 80, 30);

    assertThat(returns.readAgainBytes()).isEqualTo(70);
    assertThat(returns.surelyReadAgainBytes()).isEqualTo(50);
    assertThat(returns.readAgainShare()).isEqualTo(0.7);
    assertThat(returns.isMostlyReadAgain()).isTrue();
  }

  @Test
  void noMoreCameBackByReadingThanWasRead() {
    assertThat(new Returns(100, 0, 0, 0, 40, 0).readAgainBytes()).isEqualTo(40);
    assertThat(new Returns(100, 0, 0, 0, 40, 200).readAgainBytes()).isZero();
  }

  @Test
  void halfIsNotMost() {
    assertThat(new Returns(100, 0, 0, 0, 50, 0).isMostlyReadAgain()).isFalse();
    assertThat(Returns.NOTHING.isMostlyReadAgain()).isFalse();
  }
}
