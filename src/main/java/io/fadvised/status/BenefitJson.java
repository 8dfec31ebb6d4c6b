package io.fadvised.status;

import java.util.LinkedHashMap;
import java.util.Map;

/** Converts a benefit to the fields of a JSON object and back. */
final class BenefitJson {
  private BenefitJson() {}

  static Map<String, Object> fields(BenefitStatus benefit) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("gibHours", benefit.gibHours());
    fields.put("releasedBytes", benefit.releasedBytes());
    fields.put("returnedBytes", benefit.returnedBytes());
    fields.put("adviceCalls", benefit.adviceCalls());
    fields.put("callMillis", benefit.callMillis());
    return fields;
  }

  static BenefitStatus parse(JsonFields fields) {
    return new BenefitStatus(
        fields.decimal("gibHours"),
        fields.number("releasedBytes"),
        fields.number("returnedBytes"),
        fields.number("adviceCalls"),
        fields.number("callMillis"));
  }
}
