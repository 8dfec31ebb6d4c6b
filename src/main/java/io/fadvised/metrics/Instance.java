package io.fadvised.metrics;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * The daemon that is running.
 *
 * @param version of fadvised
 * @param startedAt when it started
 * @param configFile its configuration file; empty if it runs with the defaults
 */
public record Instance(String version, Instant startedAt, Optional<Path> configFile) {}
