package io.fadvised.metrics;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;

/**
 * An MBean server as those see it who come in by the port: all of it may be looked at, and only
 * fadvised itself takes orders. Others of the JVM's MBeans would do for them whatever root may:
 * load a library (DiagnosticCommand), write files (HotSpotDiagnostic, FlightRecorder), or, once
 * made, load classes from anywhere (MLet). Whatever the access file grants.
 */
final class OwnOrdersOnly implements InvocationHandler {
  /** What reads; what is not here is refused. */
  private static final Set<String> LOOKING =
      Set.of(
          "addNotificationListener",
          "getAttribute",
          "getAttributes",
          "getClassLoader",
          "getClassLoaderFor",
          "getClassLoaderRepository",
          "getDefaultDomain",
          "getDomains",
          "getMBeanCount",
          "getMBeanInfo",
          "getObjectInstance",
          "isInstanceOf",
          "isRegistered",
          "queryMBeans",
          "queryNames",
          "removeNotificationListener");

  private final MBeanServer server;

  private OwnOrdersOnly(MBeanServer server) {
    this.server = server;
  }

  static MBeanServer of(MBeanServer server) {
    return (MBeanServer)
        Proxy.newProxyInstance(
            OwnOrdersOnly.class.getClassLoader(),
            new Class<?>[] {MBeanServer.class},
            new OwnOrdersOnly(server));
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    if (method.getDeclaringClass() == Object.class) {
      return method.getName().equals("equals")
          ? arguments != null && proxy == arguments[0]
          : method.invoke(this, arguments);
    }
    if (!LOOKING.contains(method.getName()) && !isOwnOrder(method, arguments)) {
      throw new SecurityException(
          "Access denied! Over this port only "
              + JmxExport.DOMAIN
              + " takes orders: "
              + method.getName());
    }
    try {
      return method.invoke(server, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static boolean isOwnOrder(Method method, Object @Nullable [] arguments) {
    return method.getName().equals("invoke")
        && arguments != null
        && arguments[0] instanceof ObjectName name
        && name.getDomain().equals(JmxExport.DOMAIN);
  }
}
