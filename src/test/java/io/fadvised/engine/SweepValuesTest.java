package io.fadvised.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.config.Glob;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Only immutable values, and a memory, cross between the engine's thread and a worker's. */
class SweepValuesTest {
  /** Those of the library, and one that keeps an array to itself. */
  private static final Set<Class<?>> VALUES =
      Set.of(
          String.class,
          Duration.class,
          Optional.class,
          OptionalLong.class,
          OptionalDouble.class,
          Boolean.class,
          List.class,
          Set.class,
          Path.class,
          InetSocketAddress.class,
          Glob.class);

  @ParameterizedTest
  @ValueSource(classes = {SweepJob.class, SweepReport.class})
  void jobAndReportHoldOnlyValues(Class<?> type) {
    Set<Type> others = new HashSet<>();

    collectOthers(type, others, new HashSet<>());

    assertThat(others).isEmpty();
  }

  private static void collectOthers(Type type, Set<Type> others, Set<Type> seen) {
    if (!seen.add(type) || VALUES.contains(type)) {
      return;
    }
    if (type instanceof ParameterizedType generic) {
      collectOthers(generic.getRawType(), others, seen);
      for (Type argument : generic.getActualTypeArguments()) {
        collectOthers(argument, others, seen);
      }
    } else if (type instanceof Class<?> sealed && sealed.isSealed()) {
      for (Class<?> permitted : sealed.getPermittedSubclasses()) {
        collectOthers(permitted, others, seen);
      }
    } else if (type instanceof Class<?> ours && ours.getName().startsWith("io.fadvised.")) {
      for (Field field : ours.getDeclaredFields()) {
        if (!Modifier.isFinal(field.getModifiers())) {
          others.add(ours);
        } else if (!Modifier.isStatic(field.getModifiers())) {
          collectOthers(field.getGenericType(), others, seen);
        }
      }
    } else if (!(type instanceof Class<?> plain && plain.isPrimitive())) {
      others.add(type);
    }
  }
}
