package io.fadvised.json;

import io.avaje.json.JsonAdapter;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import java.util.OptionalDouble;

/** Parses {@code null} as empty; the library's own adapter returns a null reference. */
final class OptionalDoubleAdapter implements JsonAdapter<OptionalDouble> {
  @Override
  public void toJson(JsonWriter writer, OptionalDouble number) {
    if (number.isPresent()) {
      writer.value(number.getAsDouble());
    } else {
      writer.nullValue();
    }
  }

  @Override
  public OptionalDouble fromJson(JsonReader reader) {
    return reader.isNullValue() ? OptionalDouble.empty() : OptionalDouble.of(reader.readDouble());
  }
}
