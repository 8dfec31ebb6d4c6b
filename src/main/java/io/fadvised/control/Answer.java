package io.fadvised.control;

import io.avaje.jsonb.Json;
import io.fadvised.config.InvalidSettingsException;
import io.fadvised.status.DeviceStatus;
import io.fadvised.status.HostStatus;
import io.fadvised.status.Instance;
import java.util.List;
import java.util.Optional;

/**
 * The daemon's answer to a request: one JSON object on one line.
 *
 * @param code 0 if the request was executed, else the exit code of the command that gave it
 * @param words the result or the reason, for the operator; several lines if a configuration has
 *     several problems
 * @param daemon who answers
 * @param host the host's status, without its devices and the daemon
 * @param devices the devices of the host's status
 * @param metrics parts of the text for Prometheus
 */
@Json
public record Answer(
    int code,
    String words,
    Optional<Instance> daemon,
    Optional<HostStatus> host,
    List<DeviceStatus> devices,
    List<String> metrics) {
  public static final int DONE = 0;
  public static final int FAILED = 1;

  /** The daemon does not know the request. */
  public static final int UNKNOWN = 2;

  /** The configuration is invalid; the settings in force stay. */
  public static final int REJECTED = InvalidSettingsException.EXIT_STATUS;

  public Answer {
    words = words == null ? "" : words;
    devices = devices == null ? List.of() : List.copyOf(devices);
    metrics = metrics == null ? List.of() : List.copyOf(metrics);
  }

  private Answer(int code, String words) {
    this(code, words, Optional.empty(), Optional.empty(), List.of(), List.of());
  }

  public static Answer done(String words) {
    return new Answer(DONE, words);
  }

  public static Answer failed(String words) {
    return new Answer(FAILED, words);
  }

  static Answer unknown(String words) {
    return new Answer(UNKNOWN, words);
  }

  public static Answer rejected(String words) {
    return new Answer(REJECTED, words);
  }

  /** Returns the host's status with its devices and the daemon; empty if the answer has none. */
  public Optional<HostStatus> status() {
    return host.map(found -> found.with(daemon, devices));
  }

  /** Names who answers. */
  public Answer of(Instance instance) {
    return new Answer(code, words, Optional.of(instance), host, devices, metrics);
  }

  /** Adds the status of the host. */
  public Answer about(HostStatus status) {
    return new Answer(code, words, daemon, Optional.of(status), devices, metrics);
  }
}
