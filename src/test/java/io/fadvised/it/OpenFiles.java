package io.fadvised.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What this process has open. */
final class OpenFiles {
  private OpenFiles() {}

  /** Files and devices; not the JVM's pipes and sockets, nor jars opened by class loading. */
  static List<String> ofThisProcess() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors
          .map(OpenFiles::target)
          .filter(target -> target.startsWith("/") && !target.startsWith("/proc/"))
          .filter(target -> !target.endsWith(".jar"))
          .filter(target -> !target.startsWith("/sys/fs/cgroup/")) // the JVM asks for its limits
          .sorted()
          .toList();
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return "";
    }
  }
}
