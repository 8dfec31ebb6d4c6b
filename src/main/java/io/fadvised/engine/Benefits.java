package io.fadvised.engine;

import java.time.LocalDate;
import java.util.Optional;

/**
 * What eviction was good for.
 *
 * @param givenBackBytes out of memory at present because of it: at most that
 * @param sinceStart since the daemon started
 * @param day the date, by the host's time zone
 * @param today since midnight, or since the start
 * @param yesterday the day before, as far as the daemon ran; empty if it did not
 */
public record Benefits(
    long givenBackBytes,
    Benefit sinceStart,
    LocalDate day,
    Benefit today,
    Optional<Benefit> yesterday) {}
