package io.fadvised.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.stream.LongStream;

/** Tries a property on many random hosts. */
final class Hosts {
  private Hosts() {}

  /**
   * Fails with the hosts on which something is wrong.
   *
   * @param count how many hosts: those of the seeds from 0 on
   * @param problem what is wrong on the host of a seed, which is to be part of the words
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
