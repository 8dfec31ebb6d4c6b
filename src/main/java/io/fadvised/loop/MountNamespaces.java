package io.fadvised.loop;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * One process of each other mount namespace, whose {@code /proc/<pid>/root} leads into it. The list
 * is made at most every half minute: it costs a readlink(2) for each process of the host.
 */
final class MountNamespaces {
  private static final Duration KEEP = Duration.ofSeconds(30);

  private final Path procRoot;
  private final LongSupplier nanoClock;
  private List<String> processes = List.of();
  private long readAtNanos;
  private boolean wasRead;

  MountNamespaces(Path procRoot, LongSupplier nanoClock) {
    this.procRoot = procRoot;
    this.nanoClock = nanoClock;
  }

  /** Process numbers, one for each mount namespace but our own. */
  synchronized List<String> processes() {
    long now = nanoClock.getAsLong();
    if (!wasRead || now - readAtNanos > KEEP.toNanos()) {
      processes = find();
      readAtNanos = now;
      wasRead = true;
    }
    return processes;
  }

  private List<String> find() {
    Map<String, String> byNamespace = new LinkedHashMap<>();
    String own = namespaceOf(procRoot.resolve("self"));
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(procRoot, "[0-9]*")) {
      for (Path process : entries) {
        String namespace = namespaceOf(process);
        if (!namespace.isEmpty() && !namespace.equals(own)) {
          byNamespace.putIfAbsent(namespace, process.getFileName().toString());
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return List.of();
    }
    return List.copyOf(byNamespace.values());
  }

  /** Empty for a process that has ended, or that we may not look into. */
  private static String namespaceOf(Path process) {
    try {
      return Files.readSymbolicLink(process.resolve("ns/mnt")).toString();
    } catch (IOException e) {
      return "";
    }
  }
}
