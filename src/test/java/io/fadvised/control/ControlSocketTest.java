package io.fadvised.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.fadvised.control.ControlSocket.Limits;
import io.fadvised.status.DeviceStatus;
import io.fadvised.status.HostStatus;
import io.fadvised.status.Instance;
import io.fadvised.status.Reports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real Unix sockets. */
@Timeout(60)
class ControlSocketTest {
  private static final Instance INSTANCE =
      new Instance(42, "1.2.3", "2025-03-01T12:00:00Z", Optional.empty());
  private static final Limits LIMITS =
      new Limits(16, Duration.ofMillis(300), Duration.ofMillis(300), Duration.ofMillis(300));

  /** The maximum that a status may take beside any other client. */
  private static final Duration SOON = Duration.ofMillis(100);

  @TempDir private Path directory;
  private Path path;
  private ControlSocket socket;
  private final List<SocketChannel> channels = new ArrayList<>();
  private final List<String> users = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void open() throws IOException {
    path = directory.resolve("run/fadvised.sock");
    socket = ControlSocket.open(path, this::handle, LIMITS);
    assertThat(ask(Request.STATUS)).isPresent(); // loads the classes
  }

  @AfterEach
  void close() throws IOException {
    for (SocketChannel channel : channels) {
      channel.close();
    }
    socket.close();
  }

  @Test
  void statusHasTheHostAndItsDevices() throws Exception {
    Answer answer = ask(Request.STATUS).orElseThrow();

    HostStatus expected = HostStatus.ofHost(Reports.snapshot());
    assertThat(answer.host()).contains(expected);
    assertThat(answer.daemon()).contains(INSTANCE);
    assertThat(answer.devices())
        .extracting(DeviceStatus::device)
        .containsExactly("loop0", "loop1", "loop2");
  }

  @Test
  void statusOfThousandsOfDevicesIsComplete() throws Exception {
    socket.close();
    socket = ControlSocket.open(path, this::handle, Limits.DEFAULT); // time enough

    assertThat(ask(new Request("many", List.of())).orElseThrow().devices())
        .extracting(DeviceStatus::device)
        .isEqualTo(IntStream.range(0, 10_000).mapToObj(i -> "loop" + i).toList());
  }

  @Test
  void metricsArriveInTheirParts() throws Exception {
    Answer answer = ask(Request.METRICS).orElseThrow();

    assertThat(answer.metrics())
        .isEqualTo(IntStream.range(0, 10_000).mapToObj(i -> "a{b=\"" + i + "\"} 1\n").toList());
    assertThat(answer.words()).isEqualTo("\"devices\":[]");
  }

  @Test
  void severalRequestsMayUseOneConnection() throws Exception {
    try (ControlClient client = client()) {
      for (int i = 0; i < 100; i++) {
        assertThat(client.ask(Request.PAUSE).orElseThrow().words()).isEqualTo("pause");
      }
    }
    SocketChannel pipelining = connect();
    write(
        pipelining,
        new String(Request.PAUSE.line(), UTF_8) + new String(Request.SWEEP.line(), UTF_8));
    assertThat(readLine(pipelining)).contains("\"words\":\"pause\"");
    assertThat(readLine(pipelining)).contains("\"words\":\"sweep\"");
  }

  @Test
  void handlerLearnsWhoAsks() {
    String name = System.getProperty("user.name");
    assertThat(users).allMatch(user -> user.matches(name + " \\(uid \\d+\\)"));
  }

  @Test
  void onlyTheOwnerMayConnect() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent())))
        .isEqualTo("rwx------");
    try (var files = Files.list(path.getParent())) {
      assertThat(files).containsExactly(path);
    }
  }

  @Test
  void liveSocketIsRefusedWithItsProcess() {
    assertThatExceptionOfType(DaemonRunningException.class)
        .isThrownBy(() -> ControlSocket.open(path, this::handle, LIMITS))
        .withMessage(
            "another fadvised runs on this host: process 42 answers on "
                + path
                + "; stop it first");
  }

  @Test
  void staleSocketIsReplaced() throws Exception {
    Path stale = directory.resolve("stale.sock");
    try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      killed.bind(UnixDomainSocketAddress.of(stale));
    }
    assertThat(new ControlClient(List.of(stale), SOON).ask(Request.STATUS)).isEmpty();

    ControlSocket second = ControlSocket.open(stale, this::handle, LIMITS);
    assertThat(new ControlClient(List.of(stale), Duration.ofSeconds(5)).ask(Request.STATUS))
        .isPresent();
    second.close();
    assertThat(stale).doesNotExist();
  }

  @Test
  void silentListenerIsReplaced() throws Exception {
    Path silent = directory.resolve("silent.sock");
    try (ServerSocketChannel hung = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      hung.bind(UnixDomainSocketAddress.of(silent));

      ControlSocket.open(silent, this::handle, LIMITS).close();
    }
  }

  @Test
  void otherFileIsNotReplaced() throws IOException {
    Path file = Files.createFile(directory.resolve("precious"));

    assertThatIOException()
        .isThrownBy(() -> ControlSocket.open(file, this::handle, LIMITS))
        .withMessageContaining("not a socket");
    assertThat(file).isRegularFile();
  }

  @Test
  void closeLeavesTheSocketOfASuccessor() throws Exception {
    Files.delete(path);
    ControlSocket successor = ControlSocket.open(path, this::handle, LIMITS);
    socket.close();

    assertThat(ask(Request.STATUS)).isPresent();
    successor.close();
    assertThat(path).doesNotExist();
    assertThat(ask(Request.STATUS)).isEmpty();
  }

  @Test
  void malformedRequestGetsAnErrorAndIsTheLast() throws IOException {
    for (String line :
        List.of("", "status", "[]", "{\"command\":7}", "{}", "\0", "[".repeat(4000))) {
      SocketChannel client = connect();
      write(client, line + "\n");

      assertThat(readLine(client)).as(line).contains("\"code\":2").contains("not a request");
      assertThat(readLine(client)).isEmpty();
    }
  }

  @Test
  void unknownCommandGetsAnErrorAndMayBeFollowedByAnother() throws Exception {
    try (ControlClient client = client()) {
      assertThat(client.ask(new Request("dance", List.of())).orElseThrow().code())
          .isEqualTo(Answer.UNKNOWN);
      assertThat(client.ask(Request.STATUS).orElseThrow().code()).isEqualTo(Answer.DONE);
    }
  }

  @Test
  void hugeRequestGetsAnError() throws IOException {
    SocketChannel client = connect();
    write(client, "x".repeat(Connection.MAX_REQUEST_BYTES));

    assertThat(readLine(client)).contains("at most 4096 bytes");
    assertThat(readLine(client)).isEmpty();
  }

  @Test
  void silentAndSlowClientsAreDropped() throws Exception {
    SocketChannel silent = connect();
    SocketChannel slow = connect();
    for (int i = 0; i < 10; i++) {
      try {
        write(slow, "{");
      } catch (IOException e) {
        break; // dropped
      }
      Thread.sleep(50);
    }

    assertThat(readLine(silent)).isEmpty();
    assertThat(readLine(slow)).isEmpty();
  }

  @Test
  void hundredsOfSilentClientsDelayNobody() throws Exception {
    for (int i = 0; i < 300; i++) {
      connect();
    }
    assertStatusTakesLittleTime();
  }

  @Test
  void clientThatNeverReadsDelaysNobodyAndIsDropped() throws Exception {
    List<SocketChannel> deaf = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      SocketChannel client = connect();
      write(client, "{\"command\":\"many\"}\n");
      deaf.add(client);
    }
    assertStatusTakesLittleTime();

    Thread.sleep(2 * LIMITS.answer().toMillis());
    String line = readLine(deaf.get(19));
    assertThat(line).isNotEmpty().doesNotEndWith("\n");
  }

  @Test
  void sweepThatTakesLongDelaysNoStatusAndIsReported() throws Exception {
    SocketChannel sweeping = connect();
    write(sweeping, "{\"command\":\"hang\"}\n");

    assertStatusTakesLittleTime();
    assertThat(readLine(sweeping)).contains("hang did not finish within 0 s and may still run");
  }

  @Test
  void handlerThatFailsIsReported() throws Exception {
    assertThat(ask(new Request("fail", List.of())).orElseThrow())
        .isEqualTo(Answer.failed("fail failed: of course"));
  }

  @Test
  void clientReconnectsAfterARestart() throws Exception {
    try (ControlClient client = client()) {
      assertThat(client.ask(Request.STATUS)).isPresent();
      socket.close();
      assertThat(client.ask(Request.STATUS)).isEmpty();
      socket = ControlSocket.open(path, this::handle, LIMITS);

      assertThat(client.ask(Request.STATUS)).isPresent();
    }
  }

  @Test
  void daemonThatDoesNotAnswerIsReported() throws IOException {
    Path silent = directory.resolve("silent.sock");
    try (ServerSocketChannel hung = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      hung.bind(UnixDomainSocketAddress.of(silent));
      ControlClient client = new ControlClient(List.of(silent), Duration.ofSeconds(1));

      assertThatExceptionOfType(DaemonUnavailableException.class)
          .isThrownBy(() -> client.ask(Request.STATUS))
          .withMessage("the daemon is unavailable: not responding for 1 s");
    }
  }

  @Test
  void daemonThatEndsDuringARequestIsNoDaemon() throws Exception {
    Path ending = directory.resolve("ending.sock");
    try (ServerSocketChannel daemon = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      daemon.bind(UnixDomainSocketAddress.of(ending));
      CompletableFuture<Void> end =
          CompletableFuture.runAsync(
              () -> {
                try (SocketChannel client = daemon.accept()) {
                  client.read(ByteBuffer.allocate(1 << 10));
                  Files.delete(ending);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });

      try (ControlClient client = new ControlClient(List.of(ending), Duration.ofSeconds(10))) {
        assertThat(client.ask(Request.STATUS)).isEmpty();
      }
      end.join();
    }
  }

  private CompletableFuture<Reply> handle(Request request, String user) {
    users.add(user);
    return switch (request.command()) {
      case "status" -> CompletableFuture.completedFuture(status(3));
      case "many" -> CompletableFuture.completedFuture(status(10_000));
      case "metrics" ->
          CompletableFuture.completedFuture(
              Reply.ofMetrics(
                  Answer.done("\"devices\":[]").of(INSTANCE),
                  IntStream.range(0, 10_000).mapToObj(i -> "a{b=\"" + i + "\"} 1\n").iterator()));
      case "hang" -> new CompletableFuture<>();
      case "fail" -> CompletableFuture.failedFuture(new IllegalStateException("of course"));
      case "dance" -> CompletableFuture.completedFuture(Reply.of(Answer.unknown("no")));
      default ->
          CompletableFuture.supplyAsync(
              () -> Reply.of(Answer.done(request.command()).of(INSTANCE)));
    };
  }

  @Test
  void clientWaitsWhileTheBacklogIsFull() throws Exception {
    Path busy = directory.resolve("busy.sock");
    try (ServerSocketChannel hung = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      hung.bind(UnixDomainSocketAddress.of(busy), 1);
      for (int i = 0; i < 2; i++) {
        channels.add(SocketChannel.open(UnixDomainSocketAddress.of(busy)));
      }
      ControlClient client = new ControlClient(List.of(busy), Duration.ofSeconds(1));

      assertThatExceptionOfType(DaemonUnavailableException.class)
          .isThrownBy(() -> client.ask(Request.STATUS))
          .withMessage("the daemon is unavailable: not responding for 1 s");
    }
  }

  private static Reply status(int devices) {
    return Reply.of(
        Answer.done("").about(HostStatus.ofHost(Reports.snapshot())).of(INSTANCE),
        IntStream.range(0, devices)
            .mapToObj(i -> DeviceStatus.of(Reports.device("loop" + i), Reports.AT))
            .iterator());
  }

  private ControlClient client() {
    return new ControlClient(List.of(path), Duration.ofSeconds(10));
  }

  private Optional<Answer> ask(Request request) throws IOException {
    try (ControlClient client = client()) {
      return client.ask(request);
    } catch (DaemonUnavailableException e) {
      throw new IOException(e);
    }
  }

  /** Asserts the median of several requests, each on a connection of its own. */
  private void assertStatusTakesLittleTime() throws IOException {
    List<Duration> times = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      long start = System.nanoTime();
      assertThat(ask(Request.STATUS)).isPresent();
      times.add(Duration.ofNanos(System.nanoTime() - start));
    }
    Collections.sort(times);
    assertThat(times.get(3)).isLessThan(SOON);
  }

  private SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
    channels.add(channel);
    return channel;
  }

  private static void write(SocketChannel channel, String text) throws IOException {
    channel.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
  }

  /** Reads up to the end of a line, or of the input. */
  private static String readLine(SocketChannel channel) throws IOException {
    StringBuilder line = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    try {
      while (channel.read(one.clear()) > 0) {
        line.append((char) one.get(0));
        if (one.get(0) == '\n') {
          break;
        }
      }
    } catch (IOException e) {
      // reset
    }
    return line.toString();
  }
}
