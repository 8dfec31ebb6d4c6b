package io.fadvised.json;

import io.avaje.json.JsonAdapter;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import java.util.regex.Pattern;

/** Replaces lone surrogates, which the library refuses to write. */
final class StringAdapter implements JsonAdapter<String> {
  private static final Pattern LONE_SURROGATE = Pattern.compile("\\p{Cs}");

  @Override
  public void toJson(JsonWriter writer, String text) {
    writer.value(LONE_SURROGATE.matcher(text).replaceAll("\uFFFD"));
  }

  @Override
  public String fromJson(JsonReader reader) {
    return reader.readString();
  }
}
