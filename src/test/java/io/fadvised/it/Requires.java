package io.fadvised.it;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Requires root, loop devices and the named programs. If one is missing, the test is skipped with a
 * reason; with {@code -Dfadvised.it.required=true} it fails instead.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresCondition.class)
@interface Requires {
  /** Programs on the PATH. */
  String[] programs() default {};

  /** Files that must exist, such as {@code /proc/sys/vm/nr_hugepages}. */
  String[] files() default {};

  /** Waits up to 30 s for other fadvised processes on the host to end. */
  boolean alone() default false;
}
