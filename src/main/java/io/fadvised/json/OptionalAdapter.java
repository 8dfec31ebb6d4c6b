package io.fadvised.json;

import io.avaje.json.JsonAdapter;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import java.util.Optional;

/** Parses {@code null} as empty; the library's own adapter returns a null reference. */
record OptionalAdapter<T>(JsonAdapter<T> content) implements JsonAdapter<Optional<T>> {
  @Override
  public void toJson(JsonWriter writer, Optional<T> value) {
    if (value.isPresent()) {
      content.toJson(writer, value.get());
    } else {
      writer.nullValue();
    }
  }

  @Override
  public Optional<T> fromJson(JsonReader reader) {
    return reader.isNullValue() ? Optional.empty() : Optional.of(content.fromJson(reader));
  }
}
