package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReturnsTest {

  @Test
  void bytesNotExplainedByWritesWereReadBack() {
    Returns returns = new Returns(100, 20, 0, 0, 80, 30);

    assertThat(returns.readBackBytes()).isEqualTo(70);
    assertThat(returns.minReadBackBytes()).isEqualTo(50);
    assertThat(returns.readBackShare()).isEqualTo(0.7);
    assertThat(returns.isMostlyReadBack()).isTrue();
  }

  @Test
  void bytesReadBackAreLimitedByTheReads() {
    assertThat(new Returns(100, 0, 0, 0, 40, 0).readBackBytes()).isEqualTo(40);
    assertThat(new Returns(100, 0, 0, 0, 40, 200).readBackBytes()).isZero();
  }

  @Test
  void halfReadBackIsNotMostlyReadBack() {
    assertThat(new Returns(100, 0, 0, 0, 50, 0).isMostlyReadBack()).isFalse();
    assertThat(new Returns(0, 0, 0, 0, 0, 0).isMostlyReadBack()).isFalse();
  }
}
