package io.fadvised.doctor;

import io.avaje.jsonb.Json;
import io.fadvised.json.JsonText;
import java.util.List;

/**
 * Findings as JSON, one component for each key.
 *
 * @param schemaVersion see {@link JsonText#SCHEMA_VERSION}
 */
@Json
public record FindingsJson(
    int schemaVersion,
    String kernel,
    double watchedSeconds,
    boolean healthy,
    boolean suffering,
    long duplicateBytes,
    String verdict,
    Symptoms symptoms,
    List<ContainerFindings> containers,
    List<ReaderFindings> readers,
    List<DeviceFindingsJson> devices,
    List<OtherCache> otherCaches,
    List<String> problems) {

  public static FindingsJson of(Findings findings) {
    return new FindingsJson(
        JsonText.SCHEMA_VERSION,
        findings.kernel(),
        findings.watched().toMillis() / 1000.0,
        findings.isHealthy(),
        findings.symptoms().isSuffering(),
        findings.duplicateBytes(),
        findings.verdict(),
        findings.symptoms(),
        findings.containers(),
        findings.readers(),
        findings.devices().stream().map(DeviceFindingsJson::of).toList(),
        findings.otherCaches(),
        findings.problems());
  }
}
