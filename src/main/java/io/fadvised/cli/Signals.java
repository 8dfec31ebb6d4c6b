package io.fadvised.cli;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles signals, by sun.misc.Signal: Java has nothing else for it. By reflection, since merely
 * naming the class is a compiler warning that cannot be switched off.
 */
final class Signals {
  private static final Logger log = LoggerFactory.getLogger(Signals.class);

  private Signals() {}

  /**
   * Has something done whenever the signal comes, instead of what Java would do.
   *
   * @param name without SIG
   */
  static void handle(String name, Runnable what) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Method handle = signal.getMethod("handle", signal, handler);
      handle.invoke(
          null, signal.getConstructor(String.class).newInstance(name), proxy(handler, what));
    } catch (ReflectiveOperationException e) {
      log.warn("cannot handle SIG{}, keeping Java's default: {}", name, cause(e));
    }
  }

  private static Object proxy(Class<?> handler, Runnable what) {
    return Proxy.newProxyInstance(
        handler.getClassLoader(),
        new Class<?>[] {handler},
        (self, method, arguments) ->
            switch (method.getName()) {
              case "handle" -> {
                what.run();
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
