package io.fadvised.cli;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles signals with sun.misc.Signal, because Java has no public API for it. Uses reflection: a
 * direct reference causes a compiler warning that cannot be disabled.
 */
final class Signals {
  private static final Logger log = LoggerFactory.getLogger(Signals.class);

  private Signals() {}

  /**
   * Replaces Java's action for a signal.
   *
   * @param name without SIG
   */
  static void handle(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Method handle = signal.getMethod("handle", signal, handler);
      handle.invoke(
          null, signal.getConstructor(String.class).newInstance(name), proxy(handler, action));
    } catch (ReflectiveOperationException e) {
      log.warn("cannot handle SIG{}, keeping Java's default: {}", name, cause(e));
    }
  }

  private static Object proxy(Class<?> handler, Runnable action) {
    return Proxy.newProxyInstance(
        handler.getClassLoader(),
        new Class<?>[] {handler},
        (self, method, arguments) ->
            switch (method.getName()) {
              case "handle" -> {
                action.run();
                yield null;
              }
              case "equals" -> arguments != null && self == arguments[0];
              case "hashCode" -> System.identityHashCode(self);
              default -> "signal handler";
            });
  }

  private static String cause(ReflectiveOperationException e) {
    return Sentences.of(e.getCause() == null ? e : e.getCause());
  }
}
