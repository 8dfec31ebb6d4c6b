package io.fadvised.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Lists the open files of this process. */
final class OpenFiles {
  private OpenFiles() {}

  /** Returns files and devices, without pipes, sockets and jars of the JVM. */
  static List<String> ofThisProcess() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors
          .map(OpenFiles::target)
          .filter(target -> target.startsWith("/") && !target.startsWith("/proc/"))
          .filter(target -> !target.endsWith(".jar"))
          .filter(target -> !target.startsWith("/sys/fs/cgroup/")) // the JVM reads its limits
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
