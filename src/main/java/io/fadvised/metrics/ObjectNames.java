package io.fadvised.metrics;

import com.codahale.metrics.jmx.ObjectNameFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/**
 * Converts {@link MetricNames} to names of MBeans. JConsole builds its tree in the order of the
 * keys: {@code type}, then {@code device}, then {@code name}.
 */
final class ObjectNames implements ObjectNameFactory {
  /** Characters that end a value or turn the name into a pattern. */
  private static final Pattern NEEDS_QUOTES = Pattern.compile("[,=:\"*?\\n]|^$");

  private static final Pattern DEVICE =
      Pattern.compile(MetricNames.DEVICE_TYPE + "\\.(.*)\\.([^.]*)", Pattern.DOTALL);
  private static final Pattern OTHER = Pattern.compile("([^.]*)\\.(.*)", Pattern.DOTALL);

  @Override
  public ObjectName createName(String kind, String domain, String name) {
    Matcher device = DEVICE.matcher(name);
    if (device.matches()) {
      return objectName(
          domain,
          "type=" + MetricNames.DEVICE_TYPE,
          "device=" + value(device.group(1)),
          "name=" + value(device.group(2)));
    }
    Matcher other = OTHER.matcher(name);
    return other.matches()
        ? objectName(domain, "type=" + value(other.group(1)), "name=" + value(other.group(2)))
        : objectName(domain, "name=" + value(name));
  }

  private static ObjectName objectName(String domain, String... properties) {
    String name = domain + ":" + String.join(",", properties);
    try {
      return new ObjectName(name);
    } catch (MalformedObjectNameException e) {
      throw new IllegalArgumentException("\"" + name + "\" cannot name an MBean", e);
    }
  }

  private static String value(String text) {
    return NEEDS_QUOTES.matcher(text).find() ? ObjectName.quote(text) : text;
  }
}
