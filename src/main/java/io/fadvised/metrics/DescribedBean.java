package io.fadvised.metrics;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanOperationInfo;
import javax.management.StandardMBean;

/** An MXBean with the {@link Description} of its interface and of each method. */
final class DescribedBean extends StandardMBean {
  <T> DescribedBean(T implementation, Class<T> mxbean) {
    super(implementation, mxbean, true);
  }

  @Override
  protected String getDescription(MBeanInfo info) {
    return text(Optional.ofNullable(getMBeanInterface().getAnnotation(Description.class)));
  }

  @Override
  protected String getDescription(MBeanAttributeInfo info) {
    String getter = (info.isIs() ? "is" : "get") + info.getName();
    return text(find(method -> method.getName().equals(getter)));
  }

  @Override
  protected String getDescription(MBeanOperationInfo info) {
    return text(find(method -> method.getName().equals(info.getName())));
  }

  @Override
  protected int getImpact(MBeanOperationInfo info) {
    return find(method -> method.getName().equals(info.getName()))
        .map(Description::impact)
        .orElse(MBeanOperationInfo.UNKNOWN);
  }

  private Optional<Description> find(Predicate<Method> wanted) {
    return Arrays.stream(getMBeanInterface().getMethods())
        .filter(wanted)
        .findFirst()
        .map(method -> method.getAnnotation(Description.class));
  }

  private static String text(Optional<Description> description) {
    return description.map(Description::value).orElse("");
  }
}
