package io.fadvised.metrics;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import javax.management.MBeanOperationInfo;

/** The text that JMX clients show for an MBean, an attribute or an operation. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@interface Description {
  String value();

  /** Returns the effect of an operation, see {@link MBeanOperationInfo#getImpact}. */
  int impact() default MBeanOperationInfo.INFO;
}
