package io.fadvised.metrics;

import com.codahale.metrics.jmx.ObjectNameFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/**
 * Names of MBeans. JConsole builds its tree in the order of the keys: {@code type}, then {@code
 * name} or {@code device}.
 */
final class ObjectNames implements ObjectNameFactory {
  /** Characters that end a value or turn the name into a pattern. */
  private static final Pattern NEEDS_QUOTES = Pattern.compile("[,=:\"*?\\n]|^$");

  private static final Pattern TYPE_AND_NAME = Pattern.compile("([^.]*)\\.(.*)", Pattern.DOTALL);

  /** The MBean of a metric, see {@link MetricNames}. */
  @Override
  public ObjectName createName(String kind, String domain, String name) {
    Matcher parts = TYPE_AND_NAME.matcher(name);
    return parts.matches()
        ? objectName(domain, "type=" + value(parts.group(1)), "name=" + value(parts.group(2)))
        : objectName(domain, "name=" + value(name));
  }

  /** The MBean of a device. */
  static ObjectName device(String device) {
    return objectName(JmxExport.DOMAIN, "type=Device", "device=" + value(device));
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
