package io.fadvised.pressure;

import java.util.Optional;

/**
 * Pressure stall information (Documentation/accounting/psi.rst).
 *
 * @param someMicros time since boot in which some task was stalled, in microseconds
 */
public record Psi(long someMicros) {

  public static Optional<Psi> parse(String text) {
    return text.lines()
        .filter(line -> line.startsWith("some "))
        .map(line -> ProcText.number(line.substring(line.lastIndexOf('=') + 1)))
        .filter(total -> total >= 0)
        .map(Psi::new)
        .findFirst();
  }
}
