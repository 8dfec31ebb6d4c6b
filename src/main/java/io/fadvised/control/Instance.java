package io.fadvised.control;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * The running daemon.
 *
 * @param configFile empty if it runs with the defaults
 */
public record Instance(String version, Instant startedAt, Optional<Path> configFile) {}
