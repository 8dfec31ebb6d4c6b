package io.fadvised.json;

import io.avaje.json.JsonAdapter;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import java.util.OptionalLong;

/** Parses {@code null} as empty; the library's own adapter returns a null reference. */
final class OptionalLongAdapter implements JsonAdapter<OptionalLong> {
  @Override
  public void toJson(JsonWriter writer, OptionalLong number) {
    if (number.isPresent()) {
      writer.value(number.getAsLong());
    } else {
      writer.nullValue();
    }
  }

  @Override
  public OptionalLong fromJson(JsonReader reader) {
    return reader.isNullValue() ? OptionalLong.empty() : OptionalLong.of(reader.readLong());
  }
}
