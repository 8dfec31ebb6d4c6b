package io.fadvised.json;

import io.avaje.json.JsonAdapter;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import java.util.regex.Pattern;

/**
 * Replaces lone surrogates by U+FFFD. The library refuses to write them, but decodes invalid UTF-8
 * and escapes to them.
 */
final class StringAdapter implements JsonAdapter<String> {
  private static final Pattern LONE_SURROGATE = Pattern.compile("\\p{Cs}");

  @Override
  public void toJson(JsonWriter writer, String text) {
    writer.value(whole(text));
  }

  @Override
  public String fromJson(JsonReader reader) {
    return whole(reader.readString());
  }

  private static String whole(String text) {
    return LONE_SURROGATE.matcher(text).replaceAll("\uFFFD");
  }
}
