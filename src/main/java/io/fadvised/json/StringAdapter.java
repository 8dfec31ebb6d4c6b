package io.fadvised.json;

import io.avaje.json.JsonAdapter;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces lone surrogates by U+FFFD. The library refuses to write them, but decodes invalid UTF-8
 * and escapes to them. Escapes all control characters.
 */
final class StringAdapter implements JsonAdapter<String> {
  private static final Pattern LONE_SURROGATE = Pattern.compile("\\p{Cs}");

  /** DEL and C1 controls, which the library leaves as they are; terminals obey some of them. */
  private static final Pattern UNESCAPED_CONTROL = Pattern.compile("[\\x7f-\\x9f]");

  private static final char DEL = 0x7f;

  @Override
  public void toJson(JsonWriter writer, String text) {
    if (isAllBelow(DEL, text)) { // nearly always
      writer.value(text);
      return;
    }
    String whole = whole(text);
    Matcher control = UNESCAPED_CONTROL.matcher(whole);
    writer.rawChunkStart();
    writer.rawChunk('"');
    int start = 0;
    while (control.find()) {
      writer.rawChunkEncode(whole.substring(start, control.start()));
      writer.rawChunk(String.format("\\u%04X", (int) whole.charAt(control.start())));
      start = control.end();
    }
    writer.rawChunkEncode(whole.substring(start));
    writer.rawChunk('"');
    writer.rawChunkEnd();
  }

  @Override
  public String fromJson(JsonReader reader) {
    return whole(reader.readString());
  }

  private static String whole(String text) {
    return isAllBelow(Character.MIN_SURROGATE, text)
        ? text
        : LONE_SURROGATE.matcher(text).replaceAll("\uFFFD");
  }

  /** A loop takes a tenth of the time of a pattern, and the status of a host has many texts. */
  private static boolean isAllBelow(char limit, String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= limit) {
        return false;
      }
    }
    return true;
  }
}
