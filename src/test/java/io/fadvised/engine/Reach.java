package io.fadvised.engine;

import io.fadvised.linux.Kernel;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What an object leads to, as far as it must belong to one thread: whatever of ours can change. */
final class Reach {
  private static final Map<Class<?>, List<Field>> FIELDS = new HashMap<>();

  /** The host is for all threads; what a worker has in hand, the engine does not open. */
  private static final List<Class<?>> ENDS =
      List.of(
          Host.class,
          Kernel.class,
          Clock.class,
          ScheduledHost.class,
          Listeners.class,
          Sweeper.Sweeping.class);

  private Reach() {}

  /** What both lead to. */
  static Set<Object> common(Object one, Object other) {
    Set<Object> common = of(one);
    if (!common.isEmpty()) {
      common.retainAll(of(other));
    }
    return common;
  }

  private static Set<Object> of(Object root) {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Object> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      Object next = open.pop();
      if (!isEnd(next) && seen.add(next)) {
        open.addAll(partsOf(next));
      }
    }
    seen.removeIf(object -> !belongsToOneThread(object.getClass()));
    return seen;
  }

  private static boolean isEnd(Object object) {
    for (Class<?> end : ENDS) {
      if (end.isInstance(object)) {
        return true;
      }
    }
    return false;
  }

  private static Collection<?> partsOf(Object whole) {
    if (whole instanceof Map<?, ?> map) {
      Deque<Object> parts = new ArrayDeque<>(map.keySet());
      parts.addAll(map.values());
      return parts;
    }
    if (whole instanceof Collection<?> collection) {
      return collection;
    }
    if (whole instanceof Optional<?> optional) {
      return optional.stream().toList();
    }
    return whole instanceof Object[] array ? Arrays.asList(array) : valuesOf(whole);
  }

  private static List<Object> valuesOf(Object whole) {
    List<Object> values = new ArrayList<>();
    for (Field field : fieldsOf(whole.getClass())) {
      try {
        Optional.ofNullable(field.get(whole)).ifPresent(values::add);
      } catch (IllegalAccessException e) {
        throw new IllegalStateException(e);
      }
    }
    return values;
  }

  private static boolean belongsToOneThread(Class<?> type) {
    return fieldsOf(type).stream()
        .map(Field::getModifiers)
        .anyMatch(how -> !Modifier.isFinal(how) && !Modifier.isVolatile(how));
  }

  private static List<Field> fieldsOf(Class<?> type) {
    return FIELDS.computeIfAbsent(type, Reach::findFieldsOf);
  }

  private static List<Field> findFieldsOf(Class<?> type) {
    if (!type.getName().startsWith("io.fadvised.") || type.isEnum()) {
      return List.of();
    }
    List<Field> fields =
        Arrays.stream(type.getDeclaredFields())
            .filter(field -> !Modifier.isStatic(field.getModifiers()))
            .toList();
    fields.forEach(field -> field.setAccessible(true));
    return fields;
  }
}
