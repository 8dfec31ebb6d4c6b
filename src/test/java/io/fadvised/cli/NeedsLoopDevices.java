package io.fadvised.cli;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Skips the test with a reason if loop devices are unavailable. With {@code
 * -Dfadvised.it.required=true} the test fails instead.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsLoopDevices.Condition.class)
@interface NeedsLoopDevices {

  final class Condition implements ExecutionCondition {
    private static final String REQUIRED = "fadvised.it.required";

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      String obstacle = obstacle();
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

    private static String obstacle() {
      if (!"root".equals(System.getProperty("user.name"))) {
        return "needs root";
      }
      try {
        Shell.run("losetup", "--find");
        Shell.run("fincore", "--version");
        Shell.run("mkfs.ext4", "-V");
        Shell.run("tmux", "-V");
        return "";
      } catch (java.io.IOException | InterruptedException | AssertionError e) {
        return "needs a loop device, fincore, mkfs.ext4 and tmux: " + e.getMessage();
      }
    }
  }
}
