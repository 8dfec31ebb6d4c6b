package io.fadvised.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.avaje.jsonb.Json;
import io.fadvised.json.JsonText;
import java.util.Collection;
import java.util.List;

/**
 * A request: one JSON object on one line.
 *
 * @param command such as {@code status}
 * @param devices names of the loop devices to sweep; empty for all
 */
@Json
public record Request(String command, List<String> devices) {
  public static final Request STATUS = new Request("status");
  public static final Request METRICS = new Request("metrics");
  public static final Request SWEEP = new Request("sweep");
  public static final Request PAUSE = new Request("pause");
  public static final Request RESUME = new Request("resume");
  public static final Request RELOAD = new Request("reload");

  /** Asks which daemon answers. */
  public static final Request VERSION = new Request("version");

  public Request {
    requireNonNull(command, "no \"command\"");
    devices = devices == null ? List.of() : List.copyOf(devices);
  }

  private Request(String command) {
    this(command, List.of());
  }

  /** Returns a request to sweep some devices. */
  public static Request sweep(Collection<String> devices) {
    return new Request(SWEEP.command, List.copyOf(devices));
  }

  /** Returns whether the daemon answers without executing anything. */
  boolean isQuery() {
    return equals(STATUS) || equals(METRICS) || equals(VERSION);
  }

  /**
   * Parses a line.
   *
   * @throws IllegalArgumentException if it is not a request
   */
  static Request parse(byte[] line) {
    return JsonText.parse(Request.class, new String(line, UTF_8));
  }

  /** Returns the line, with its end. */
  byte[] line() {
    return (JsonText.compact(this) + "\n").getBytes(UTF_8);
  }
}
