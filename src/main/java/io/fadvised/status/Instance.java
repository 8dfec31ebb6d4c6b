package io.fadvised.status;

import io.avaje.jsonb.Json;
import java.util.Optional;

/**
 * The running daemon.
 *
 * @param pid its process number
 * @param version such as {@code 0.1.0}
 * @param startedAt ISO 8601
 * @param configFile the path; empty if it runs with the defaults
 */
@Json
public record Instance(long pid, String version, String startedAt, Optional<String> configFile) {}
