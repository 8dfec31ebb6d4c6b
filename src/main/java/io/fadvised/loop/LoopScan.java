package io.fadvised.loop;

import io.fadvised.linux.Failures;
import java.io.IOException;
import java.util.List;

/**
 * The result of a scan of sysfs.
 *
 * @param devices the attached devices, in the order of their numbers
 * @param problems devices whose entries could not be read
 */
public record LoopScan(List<LoopDevice> devices, List<Problem> problems) {
  public LoopScan {
    devices = List.copyOf(devices);
    problems = List.copyOf(problems);
  }

  /**
   * A device that could not be read.
   *
   * @param device the kernel's name
   * @param message for operators
   */
  public record Problem(String device, String message) {
    public static Problem unreadable(String device, IOException cause) {
      return new Problem(device, "sysfs entry unreadable: " + Failures.words(cause));
    }
  }
}
