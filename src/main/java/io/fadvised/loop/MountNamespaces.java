package io.fadvised.loop;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The other mount namespaces of the host, each with a process whose {@code /proc/<pid>/root} leads
 * into it. The list is renewed at most every 30 s, since it takes a readlink(2) for each process.
 *
 * <p>Any user can create a mount that hangs in a namespace of their own. A namespace in which a
 * visit took a second is excluded as long as it exists. Thread-safe.
 */
final class MountNamespaces {
  private static final Duration MAX_AGE = Duration.ofSeconds(30);

  /** A visit opens and stats one file; a second is enough on a busy host. */
  private static final Duration MAX_VISIT = Duration.ofSeconds(1);

  private final Path procRoot;
  private final LongSupplier nanoClock;
  private List<Namespace> namespaces = List.of();
  private long readAtNanos;
  private boolean wasRead;

  /** Start times of the visits under way. */
  private final Map<Visit, Long> visits = new ConcurrentHashMap<>();

  private final Set<String> hung = ConcurrentHashMap.newKeySet();

  MountNamespaces(Path procRoot, LongSupplier nanoClock) {
    this.procRoot = procRoot;
    this.nanoClock = nanoClock;
  }

  /**
   * A mount namespace.
   *
   * @param id the target of its link in procfs, such as {@code mnt:[4026531841]}
   * @param process the pid of a process in it
   */
  record Namespace(String id, String process) {}

  /** The time during which calls into a namespace may hang. */
  final class Visit implements AutoCloseable {
    private final Namespace namespace;

    private Visit(Namespace namespace) {
      this.namespace = namespace;
    }

    @Override
    public void close() {
      end();
    }

    /** Ends the visit, after the last call into the namespace. */
    void end() {
      Long began = visits.remove(this);
      if (began != null && isTooLong(began)) {
        hung.add(namespace.id);
      }
    }
  }

  /** Returns all namespaces except our own and those that hung. */
  synchronized List<Namespace> others() {
    long now = nanoClock.getAsLong();
    if (!wasRead || now - readAtNanos > MAX_AGE.toNanos()) {
      namespaces = find();
      readAtNanos = now;
      wasRead = true;
      hung.retainAll(namespaces.stream().map(Namespace::id).toList()); // the kernel reuses numbers
    }
    visits.forEach(
        (visit, began) -> {
          if (isTooLong(began)) {
            hung.add(visit.namespace.id);
          }
        });
    return namespaces.stream().filter(namespace -> !hung.contains(namespace.id)).toList();
  }

  /** Begins a visit, before the first call into the namespace. */
  Visit visit(Namespace namespace) {
    Visit visit = new Visit(namespace);
    visits.put(visit, nanoClock.getAsLong());
    return visit;
  }

  private boolean isTooLong(long beganNanos) {
    return nanoClock.getAsLong() - beganNanos >= MAX_VISIT.toNanos();
  }

  private List<Namespace> find() {
    Map<String, Namespace> byId = new LinkedHashMap<>();
    String own = namespaceOf(procRoot.resolve("self"));
    try {
      for (Path process : Processes.in(procRoot)) {
        String id = namespaceOf(process);
        if (!id.isEmpty() && !id.equals(own)) {
          byId.putIfAbsent(id, new Namespace(id, process.getFileName().toString()));
        }
      }
    } catch (IOException e) {
      return List.of();
    }
    return List.copyOf(byId.values());
  }

  private static String namespaceOf(Path process) {
    return Processes.link(process.resolve("ns/mnt"));
  }
}
