package io.fadvised.metrics;

/**
 * Names in the registry: {@code Host.pressure}, {@code SystemCall.mincore}, {@code
 * Device.loop3.resident-bytes}. {@link ObjectNames} converts them to names of MBeans.
 */
final class MetricNames {
  static final String DEVICE_TYPE = "Device";

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

  static String device(String device, String name) {
    return DEVICE_TYPE + "." + device + "." + name;
  }
}
