package io.fadvised.json;

import io.avaje.json.JsonAdapter;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import java.util.OptionalInt;

/** Parses {@code null} as empty; the library's own adapter returns a null reference. */
final class OptionalIntAdapter implements JsonAdapter<OptionalInt> {
  @Override
  public void toJson(JsonWriter writer, OptionalInt number) {
    if (number.isPresent()) {
      writer.value(number.getAsInt());
    } else {
      writer.nullValue();
    }
  }

  @Override
  public OptionalInt fromJson(JsonReader reader) {
    return reader.isNullValue() ? OptionalInt.empty() : OptionalInt.of(reader.readInt());
  }
}
