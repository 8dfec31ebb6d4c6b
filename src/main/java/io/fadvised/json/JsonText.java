package io.fadvised.json;

import io.avaje.json.stream.BufferRecycleStrategy;
import io.avaje.jsonb.Jsonb;
import java.io.InputStream;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Writes records that have {@link io.avaje.jsonb.Json} as JSON, and parses them. Keys are the names
 * of the components in their order. An empty optional is {@code null}, so that every object has
 * every key. Control characters are escaped. A lone surrogate, which UTF-8 cannot encode, becomes
 * U+FFFD.
 */
public final class JsonText {
  /**
   * The version of all JSON that commands print. It is raised if a key is removed or renamed, or
   * changes its type, unit or meaning; not if a key or a value of a code is added.
   */
  public static final int SCHEMA_VERSION = 1;

  static final Jsonb JSON =
      Jsonb.builder()
          .serializeNulls(true)
          .failOnNullPrimitives(true)
          .bufferRecycling(BufferRecycleStrategy.NO_RECYCLING)
          .add(new Adapters())
          .build();

  private JsonText() {}

  /** Returns one line without a line break. */
  public static String compact(Object record) {
    return JSON.toJson(record);
  }

  /** Returns several lines, indented, without a line break at the end. */
  public static String formatted(Object record) {
    return JSON.toJsonPretty(record);
  }

  /**
   * Parses a record. Ignores unknown keys. A missing key is an empty optional, null, 0 or false;
   * the record's constructor must reject what it needs.
   *
   * @throws IllegalArgumentException if the text is not JSON or not this record
   */
  public static <T extends Record> T parse(Class<T> type, String json) {
    return parse(() -> JSON.type(type).fromJson(json));
  }

  /**
   * Parses a record like {@link #parse(Class, String)}, without keeping its text in memory.
   *
   * @throws IllegalArgumentException also if the text cannot be read
   */
  public static <T extends Record> T parse(Class<T> type, InputStream json) {
    return parse(() -> JSON.type(type).fromJson(json));
  }

  private static <T> T parse(Supplier<T> parser) {
    try {
      return parser.get();
    } catch (RuntimeException e) {
      // JsonException, an index out of bounds in a truncated text, or the record's own
      throw new IllegalArgumentException(
          Objects.requireNonNullElse(e.getMessage(), "unexpected null"), e);
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException("nested too deeply", e);
    }
  }
}
