package io.fadvised.it;

import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.LinuxKernel;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** Imitates older kernels without some system calls. */
final class OlderKernel {
  private static final int ENOSYS = 38;

  private OlderKernel() {}

  /** Imitates Linux before 6.5. */
  static Kernel withoutCachestat() {
    Kernel kernel = new LinuxKernel();
    return (Kernel)
        Proxy.newProxyInstance(
            Kernel.class.getClassLoader(),
            new Class<?>[] {Kernel.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "cacheStat" -> throw new KernelException("cachestat", ENOSYS);
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
