package io.fadvised.metrics;

/**
 * Names in the registry: {@code Host.pressure}, {@code SystemCall.mincore}. {@link ObjectNames}
 * converts them to names of MBeans.
 */
final class MetricNames {
  private MetricNames() {}

  static String host(String name) {
    return "Host." + name;
  }

  static String systemCall(String call) {
    return "SystemCall." + call;
  }

  static String skipped(String reason) {
    return "Skipped." + reason;
  }
}
