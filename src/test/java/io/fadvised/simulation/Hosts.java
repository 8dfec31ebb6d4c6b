package io.fadvised.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.stream.LongStream;

/** Checks a property on many random hosts. */
final class Hosts {
  private Hosts() {}

  /**
   * Fails with the first ten problems.
   *
   * @param count number of hosts, with seeds from 0 on
   * @param problem returns the problem of the host of a seed, with the seed in its words
   */
  static void haveNone(int count, LongFunction<Optional<String>> problem) {
    List<String> found =
        LongStream.range(0, count)
            .parallel()
            .mapToObj(problem)
            .flatMap(Optional::stream)
            .limit(10)
            .toList();
    assertThat(found).isEmpty();
  }
}
