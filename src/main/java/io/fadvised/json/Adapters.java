package io.fadvised.json;

import io.avaje.json.JsonAdapter;
import io.avaje.jsonb.AdapterFactory;
import io.avaje.jsonb.Jsonb;
import io.avaje.jsonb.Types;
import java.lang.reflect.Constructor;
import java.lang.reflect.Type;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Our adapters, and the generated ones by their names. Left to itself the library loads the
 * adapters of all records, which costs the daemon 0.7 MiB of private memory at its first status.
 */
final class Adapters implements AdapterFactory {
  @Override
  public @Nullable JsonAdapter<?> create(Type type, Jsonb jsonb) {
    if (type == String.class) {
      return new StringAdapter().nullSafe();
    }
    if (type == OptionalLong.class) {
      return new OptionalLongAdapter();
    }
    if (type == OptionalDouble.class) {
      return new OptionalDoubleAdapter();
    }
    if (type == OptionalInt.class) {
      return new OptionalIntAdapter();
    }
    if (Types.isGenericTypeOf(type, Optional.class)) {
      return new OptionalAdapter<>(jsonb.adapter(Types.typeArguments(type)[0]));
    }
    return type instanceof Class<?> known && known.isRecord() ? generated(known, jsonb) : null;
  }

  private static JsonAdapter<?> generated(Class<?> type, Jsonb jsonb) {
    try {
      Constructor<?> adapter =
          Class.forName(type.getName() + "JsonAdapter").getDeclaredConstructor(Jsonb.class);
      adapter.setAccessible(true); // that of a record that is not public
      return ((JsonAdapter<?>) adapter.newInstance(jsonb)).nullSafe();
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(type + " is not annotated with @Json", e);
    }
  }
}
