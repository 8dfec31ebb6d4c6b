package io.fadvised.prometheus;

import io.fadvised.config.MetricsOutput;
import io.fadvised.engine.Clock;
import io.fadvised.engine.EngineListener;
import io.fadvised.engine.EngineSnapshot;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the metrics in a file and at an address, if the settings name them. Each write of the
 * file has a thread for itself, which ends with it: a filesystem that hangs costs that thread only.
 */
public final class Exports implements EngineListener, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Exports.class);

  /** Prometheus usually scrapes every 15 s to a minute. */
  static final Duration INTERVAL = Duration.ofSeconds(15);

  private final Exposition exposition;
  private final Clock clock;
  private final AtomicBoolean writing = new AtomicBoolean();
  private volatile @Nullable TextFile file;
  private volatile long writtenAtNanos;
  private volatile boolean failed;
  private @Nullable MetricsServer server;

  public Exports(Exposition exposition, Clock clock) {
    this.exposition = exposition;
    this.clock = clock;
  }

  /**
   * Publishes from now on as configured, and deletes a file that is no longer written.
   *
   * @return warnings for the operator
   */
  public synchronized List<String> apply(MetricsOutput output) {
    return Stream.of(write(output.textfile()), listen(output.listen()), output.warning())
        .flatMap(Optional::stream)
        .toList();
  }

  /** Ends the server. The file stays, so that a rule can compare its time with the present. */
  @Override
  public synchronized void close() {
    file = null;
    if (server != null) {
      server.close();
      server = null;
    }
  }

  @Override
  public void ticked(EngineSnapshot snapshot) {
    TextFile target = file;
    long now = clock.nanos();
    if (target == null || now - writtenAtNanos < INTERVAL.toNanos()) {
      return;
    }
    writtenAtNanos = now;
    if (writing.compareAndSet(false, true)) {
      Thread writer = new Thread(() -> write(target), "fadvised-textfile");
      writer.setDaemon(true);
      writer.start();
    } else {
      warnOnce(target, "the last write has not ended");
    }
  }

  private void write(TextFile target) {
    try {
      target.write(exposition);
      failed = false;
    } catch (IOException e) {
      warnOnce(target, e.toString());
    } catch (RuntimeException e) {
      log.error("{} was not written", target.file(), e);
    } finally {
      writing.set(false);
    }
  }

  private void warnOnce(TextFile target, String problem) {
    if (!failed) {
      log.warn("cannot write {}: {}; retrying every 15 s", target.file(), problem);
    }
    failed = true;
  }

  private Optional<String> write(Optional<Path> path) {
    TextFile before = file;
    if (before != null && path.filter(before.file()::equals).isPresent()) {
      return Optional.empty();
    }
    failed = false;
    writtenAtNanos = clock.nanos() - INTERVAL.toNanos();
    file = path.map(TextFile::new).orElse(null);
    try {
      if (before != null) {
        before.delete();
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of("cannot delete " + before.file() + ": " + e);
    }
  }

  private Optional<String> listen(Optional<InetSocketAddress> address) {
    MetricsServer before = server;
    if (before != null && address.filter(before.address()::equals).isPresent()) {
      return Optional.empty();
    }
    if (before != null) {
      before.close();
      server = null;
    }
    if (address.isEmpty()) {
      return Optional.empty();
    }
    try {
      server = MetricsServer.start(address.get(), exposition);
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(
          "metrics.listen: cannot listen on %s: %s".formatted(text(address.get()), e.getMessage()));
    }
  }

  /** The address as it is written in the configuration. */
  private static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
