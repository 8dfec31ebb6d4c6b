package io.fadvised.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.fadvised.config.MetricsOutput;
import io.fadvised.engine.Clock;
import io.fadvised.metrics.EngineMetrics;
import io.fadvised.status.Reports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportsTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  @TempDir private Path directory;
  private final FakeClock clock = new FakeClock();
  private Path file;
  private Exports exports;

  private static final class FakeClock implements Clock {
    private Duration time = Duration.ZERO;

    @Override
    public long nanos() {
      return time.toNanos();
    }

    @Override
    public Instant now() {
      return Instant.EPOCH.plus(time);
    }
  }

  @BeforeEach
  void create() {
    file = directory.resolve("fadvised.prom");
    exports =
        new Exports(
            TextFileTest.exposition(new EngineMetrics(new MetricRegistry()), directory), clock);
  }

  @AfterEach
  void close() {
    exports.close();
  }

  @Test
  void fileIsWrittenAtTheFirstTickAndEvery15Seconds() throws Exception {
    assertThat(exports.apply(file(file))).isEmpty();
    tick(Duration.ZERO);
    awaitFile();

    Files.delete(file);
    tick(Duration.ofSeconds(14));
    Thread.sleep(50);
    assertThat(file).doesNotExist();

    tick(Duration.ofSeconds(1));
    awaitFile();
  }

  @Test
  void fileThatIsNoLongerConfiguredIsDeleted() throws Exception {
    exports.apply(file(file));
    tick(Duration.ZERO);
    awaitFile();

    exports.apply(MetricsOutput.NONE);
    tick(Duration.ofMinutes(1));
    Thread.sleep(50);

    assertThat(file).doesNotExist();
  }

  @Test
  void fileStaysWhenTheDaemonStops() throws Exception {
    exports.apply(file(file));
    tick(Duration.ZERO);
    awaitFile();

    exports.close();

    assertThat(file).exists();
  }

  @Test
  void nothingIsPublishedByDefault() throws Exception {
    int threads = Thread.activeCount();

    assertThat(exports.apply(MetricsOutput.NONE)).isEmpty();
    tick(Duration.ofMinutes(1));

    assertThat(Thread.activeCount()).isEqualTo(threads);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void addressIsListenedToUntilItIsChanged() throws IOException {
    InetSocketAddress first = freeAddress();
    InetSocketAddress second = freeAddress();

    assertThat(exports.apply(listen(first))).isEmpty();
    assertThat(exports.apply(listen(first))).isEmpty();
    assertThat(answers(first)).isTrue();

    assertThat(exports.apply(listen(second))).isEmpty();
    assertThat(answers(first)).isFalse();
    assertThat(answers(second)).isTrue();

    exports.apply(MetricsOutput.NONE);
    assertThat(answers(second)).isFalse();
  }

  @Test
  void addressInUseIsAWarningAndCanBeRetried() throws IOException {
    InetSocketAddress address;
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      address = new InetSocketAddress(InetAddress.getLoopbackAddress(), other.getLocalPort());

      assertThat(exports.apply(listen(address)))
          .containsExactly(
              "metrics.listen: cannot listen on 127.0.0.1:%d: Address already in use"
                  .formatted(address.getPort()));
    }

    assertThat(exports.apply(listen(address))).isEmpty();
    assertThat(answers(address)).isTrue();
  }

  @Test
  void addressThatOtherHostsReachIsAWarning() throws IOException {
    int port = freeAddress().getPort();

    List<String> warnings = exports.apply(listen(new InetSocketAddress(port)));

    assertThat(warnings).hasSize(1).allMatch(warning -> warning.contains("can read the metrics"));
  }

  private void tick(Duration later) {
    clock.time = clock.time.plus(later);
    exports.ticked(Reports.snapshot());
  }

  private void awaitFile() throws InterruptedException {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (!Files.exists(file)) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(5);
    }
  }

  private static MetricsOutput file(Path path) {
    return new MetricsOutput(Optional.of(path), Optional.empty());
  }

  private static MetricsOutput listen(InetSocketAddress address) {
    return new MetricsOutput(Optional.empty(), Optional.of(address));
  }

  private static boolean answers(InetSocketAddress address) {
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static InetSocketAddress freeAddress() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
    }
  }
}
