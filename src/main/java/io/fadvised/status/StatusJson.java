package io.fadvised.status;

import io.fadvised.json.JsonText;

/** Status as JSON, and back; see {@link JsonText}. */
public final class StatusJson {
  private StatusJson() {}

  /** The host and its devices on one line. */
  public static String compact(HostStatus host) {
    return JsonText.compact(host);
  }

  /** The host and its devices on several lines. */
  public static String formatted(HostStatus host) {
    return JsonText.formatted(host);
  }

  /**
   * Parses the output of {@link #compact(HostStatus)} or {@link #formatted(HostStatus)}. Ignores
   * unknown keys of a newer fadvised. Optional values may be null or missing.
   *
   * @throws IllegalArgumentException if the text is not JSON or not the status of a host
   */
  public static HostStatus parseHost(String json) {
    try {
      return JsonText.parse(HostStatus.class, json);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("status is not valid: " + e.getMessage(), e);
    }
  }
}
