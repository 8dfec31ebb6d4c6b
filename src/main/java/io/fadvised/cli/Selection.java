package io.fadvised.cli;

import io.fadvised.engine.Patience;
import io.fadvised.engine.Patience.NotRespondingException;
import io.fadvised.engine.WorkerThreads;
import io.fadvised.loop.LoopScanner;
import io.fadvised.loop.Printable;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The loop devices that the operator named.
 *
 * @param names empty for all devices
 * @param isComplete whether every name was resolved
 */
record Selection(Optional<Set<String>> names, boolean isComplete) {
  static final String DESCRIPTION =
      "loop devices (loop3, /dev/loop3) and anything on one (a partition, a mapped device, a mounted"
          + " directory).";

  /**
   * Resolves names, and reports those that are on no loop device.
   *
   * @param texts as typed; none selects all devices
   */
  static Selection of(List<String> texts, World world, PrintWriter err)
      throws InterruptedException {
    if (texts.isEmpty()) {
      return new Selection(Optional.empty(), true);
    }
    TargetResolver resolver = new TargetResolver(world, new LoopScanner(world.sysRoot()));
    Patience patience = new Patience(new WorkerThreads(world.procRoot()));
    Set<String> names = new HashSet<>();
    boolean isComplete = true;
    for (String text : texts) {
      try {
        names.addAll(patience.call(resolver.likelyFilesystem(text), () -> resolver.devices(text)));
      } catch (CommandFailedException | NotRespondingException e) {
        err.println("fadvised: " + Printable.of(text) + ": " + e.getMessage());
        isComplete = false;
      }
    }
    return new Selection(Optional.of(names), isComplete);
  }

  /** Returns the elements that are about selected devices. */
  <T> List<T> of(List<T> all, Function<T, String> device) {
    return all.stream().filter(element -> has(device.apply(element))).toList();
  }

  boolean has(String device) {
    return names.isEmpty() || names.get().contains(device);
  }

  /** Returns whether names were given, and none of them is a loop device. */
  boolean isEmpty() {
    return names.isPresent() && names.get().isEmpty();
  }
}
