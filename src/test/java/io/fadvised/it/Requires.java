package io.fadvised.it;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Root, loop devices, and the programs named. Where one is missing the test is skipped and says
 * why; with {@code -Dfadvised.it.required=true} it fails instead.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresCondition.class)
@interface Requires {
  /** Programs on the PATH. */
  String[] programs() default {};

  /** Files that must be there, such as {@code /proc/sys/vm/nr_hugepages}. */
  String[] files() default {};

  /**
   * Whether a fadvised of somebody else on this host would disturb it. It is waited for a while.
   */
  boolean alone() default false;
}
