package io.fadvised.status;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Status as JSON, and back. Keys are the names of the records' components in alphabetical order.
 * Unknown values are {@code null}, so that every object has every key. A lone surrogate, which
 * UTF-8 cannot encode, becomes U+FFFD.
 */
public final class StatusJson {
  private static final ConfigRenderOptions COMPACT = ConfigRenderOptions.concise();
  private static final ConfigRenderOptions FORMATTED = COMPACT.setFormatted(true);
  private static final ConfigParseOptions JSON =
      ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON);

  private StatusJson() {}

  /** The host and its devices on one line. */
  public static String compact(HostStatus host) {
    return value(host).render(COMPACT);
  }

  /** The host and its devices on several lines. */
  public static String formatted(HostStatus host) {
    return value(host).render(FORMATTED).stripTrailing();
  }

  /** An array of devices on one line. */
  public static String compact(List<DeviceStatus> devices) {
    return value(devices).render(COMPACT);
  }

  /** An array of devices on several lines. */
  public static String formatted(List<DeviceStatus> devices) {
    return value(devices).render(FORMATTED).stripTrailing();
  }

  /**
   * Parses the output of {@link #compact(HostStatus)} or {@link #formatted(HostStatus)}. Ignores
   * unknown keys of a newer fadvised. Optional values may be null or missing.
   *
   * @throws IllegalArgumentException if the text is not JSON or not the status of a host
   */
  public static HostStatus parseHost(String json) {
    try {
      JsonFields fields = new JsonFields(ConfigFactory.parseString(json, JSON).root());
      return new HostStatus(
          fields.text("at"),
          fields.flag("paused"),
          fields.flag("dryRun"),
          fields.decimal("pressure"),
          fields.text("pressureReason"),
          fields.decimals("pressureSources"),
          fields.text("wokenBy"),
          fields.optionalNumber("memoryBytes"),
          fields.optionalNumber("availableBytes"),
          fields.number("toleratedBytes"),
          fields.number("residentBytes"),
          fields.number("releasedBytes"),
          fields.number("returnedBytes"),
          fields.number("givenBackBytes"),
          BenefitJson.parse(fields.object("sinceStart")),
          fields.objects("devices").stream().map(DeviceJson::parse).toList(),
          fields.texts("problems"));
    } catch (ConfigException e) {
      throw new IllegalArgumentException("status is not JSON: " + e.getMessage(), e);
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException("status is nested too deeply", e);
    }
  }

  private static ConfigValue value(HostStatus host) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("at", JsonText.of(host.at()));
    fields.put("paused", host.paused());
    fields.put("dryRun", host.dryRun());
    fields.put("pressure", host.pressure());
    fields.put("pressureReason", JsonText.of(host.pressureReason()));
    fields.put("pressureSources", host.pressureSources());
    fields.put("wokenBy", JsonText.of(host.wokenBy()));
    fields.put("memoryBytes", JsonText.orNull(host.memoryBytes()));
    fields.put("availableBytes", JsonText.orNull(host.availableBytes()));
    fields.put("toleratedBytes", host.toleratedBytes());
    fields.put("residentBytes", host.residentBytes());
    fields.put("releasedBytes", host.releasedBytes());
    fields.put("returnedBytes", host.returnedBytes());
    fields.put("givenBackBytes", host.givenBackBytes());
    fields.put("sinceStart", BenefitJson.fields(host.sinceStart()));
    fields.put("devices", host.devices().stream().map(DeviceJson::fields).toList());
    fields.put("problems", host.problems().stream().map(JsonText::of).toList());
    return ConfigValueFactory.fromMap(fields);
  }

  private static ConfigValue value(List<DeviceStatus> devices) {
    return ConfigValueFactory.fromIterable(devices.stream().map(DeviceJson::fields).toList());
  }
}
