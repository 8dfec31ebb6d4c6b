package io.fadvised.it;

import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.LinuxKernel;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** This kernel, without what it did not have in former times. */
final class OlderKernel {
  private static final int ENOSYS = 38;

  private OlderKernel() {}

  /** Before 6.5. */
  static Kernel withoutCachestat() {
    return without(false);
  }

  /** Before 5.10: one advises only what is known to be resident. */
  static Kernel drainingAtHoles() {
    return without(true);
  }

  private static Kernel without(boolean drainsAtHoles) {
    Kernel kernel = new LinuxKernel();
    return (Kernel)
        Proxy.newProxyInstance(
            Kernel.class.getClassLoader(),
            new Class<?>[] {Kernel.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "cacheStat" -> throw new KernelException("cachestat", ENOSYS);
                  case "adviceDrainsAtHoles" -> drainsAtHoles;
                  default -> invoke(kernel, method, arguments);
                });
  }

  private static Object invoke(Kernel kernel, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(kernel, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
