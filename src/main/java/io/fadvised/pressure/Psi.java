package io.fadvised.pressure;

import java.util.Optional;

/**
 * Pressure stall information (Documentation/accounting/psi.rst).
 *
 * @param someMicros time since boot in which some task was stalled, in microseconds
 * @param fullMicros time since boot in which all were
 */
public record Psi(long someMicros, long fullMicros) {

  static Optional<Psi> parse(String text) {
    long some = total(text, "some ");
    long full = total(text, "full ");
    return some < 0 ? Optional.empty() : Optional.of(new Psi(some, Math.max(0, full)));
  }

  private static long total(String text, String kind) {
    return text.lines()
        .filter(line -> line.startsWith(kind))
        .mapToLong(line -> ProcText.number(line.substring(line.lastIndexOf('=') + 1)))
        .findFirst()
        .orElse(-1);
  }
}
