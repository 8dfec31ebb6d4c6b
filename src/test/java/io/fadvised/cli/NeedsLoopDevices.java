package io.fadvised.cli;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Skips the test with a reason if loop devices are unavailable. With {@code
 * -Dfadvised.it.required=true} the test fails instead.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsLoopDevices.Condition.class)
@interface NeedsLoopDevices {
  /** More programs that have to be installed. */
  String[] programs() default {};

  final class Condition implements ExecutionCondition {
    private static final String REQUIRED = "fadvised.it.required";

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      String obstacle = obstacle(context);
      if (obstacle.isEmpty()) {
        return ConditionEvaluationResult.enabled("loop devices are available");
      }
      String message = context.getDisplayName() + " cannot run here: " + obstacle;
      if (Boolean.getBoolean(REQUIRED)) {
        throw new IllegalStateException(message + " (and -D" + REQUIRED + "=true)");
      }
      System.err.println("SKIPPED: " + message);
      return ConditionEvaluationResult.disabled(message);
    }

    private static String obstacle(ExtensionContext context) {
      if (!"root".equals(System.getProperty("user.name"))) {
        return "needs root";
      }
      try {
        Shell.run("losetup", "--find");
        Shell.run("fincore", "--version");
        Shell.run("mkfs.ext4", "-V");
        Shell.run("tmux", "-V");
        for (String program : programs(context)) {
          Shell.run("which", program);
        }
        return "";
      } catch (java.io.IOException | InterruptedException | AssertionError e) {
        return "needs a loop device, fincore, mkfs.ext4, tmux %s: %s"
            .formatted(String.join(" ", programs(context)), e.getMessage());
      }
    }

    private static String[] programs(ExtensionContext context) {
      return AnnotationSupport.findAnnotation(context.getElement(), NeedsLoopDevices.class)
          .map(NeedsLoopDevices::programs)
          .orElse(new String[0]);
    }
  }
}
