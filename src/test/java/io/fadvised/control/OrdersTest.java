package io.fadvised.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.fadvised.config.SettingsLoader;
import io.fadvised.engine.Clock;
import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineLoop;
import io.fadvised.engine.TestHost;
import io.fadvised.json.JsonText;
import io.fadvised.status.Instance;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class OrdersTest {
  private static final Instance INSTANCE =
      new Instance(42, "1.2.3", "2025-03-01T12:00:00Z", Optional.empty());

  @RegisterExtension final TestHost host = new TestHost();
  private Engine engine;
  private EngineLoop loop;
  private Orders orders;

  @BeforeEach
  void attachTwoDevices() {
    host.attach("loop3", "/srv/a.img", TestHost.MIB);
    host.attach("loop10", "/srv/b.img", TestHost.MIB);
    engine = host.start();
    loop = new EngineLoop(engine);
    orders = ordersWith(() -> "configuration reloaded");
  }

  @AfterEach
  void stop() throws InterruptedException {
    assertThat(loop.stop(Duration.ofSeconds(10))).isTrue();
  }

  @Test
  void sweepReportsItsResult() throws Exception {
    loop.start();

    Answer answer = get(orders.sweep("root"));

    assertThat(answer.code()).isEqualTo(Answer.DONE);
    assertThat(answer.words()).matches("swept 2 devices in \\d+ ms, released 0 B");
  }

  @Test
  void sweepOfNamedDevicesSweepsOnlyThese() throws Exception {
    loop.start();
    get(orders.sweep("root"));
    long before = sweeps("loop3");

    Answer answer = sweep("loop10");

    assertThat(answer.code()).isEqualTo(Answer.DONE);
    assertThat(answer.words()).matches("swept 1 device in \\d+ ms, released 0 B");
    assertThat(sweeps("loop3")).isEqualTo(before);
    assertThat(sweeps("loop10")).isGreaterThan(1);
  }

  @Test
  void sweepNamesTheDevicesThatWereNotSwept() throws Exception {
    engine.apply(
        SettingsLoader.load(Optional.empty(), List.of("devices.exclude=[loop3]")).settings());
    loop.start();

    assertThat(sweep("loop10", "loop3", "loop4").words())
        .matches(
            "sweep failed: loop3: excluded by \"loop3\"; loop4: not attached;"
                + " swept 1 device in \\d+ ms, released 0 B");
    assertThat(sweep("loop3").words()).isEqualTo("sweep failed: loop3: excluded by \"loop3\"");
    assertThat(sweep("../block/loop10").words())
        .isEqualTo("sweep failed: ../block/loop10: not attached");
    assertThat(sweep("../x\n").words()).isEqualTo("sweep failed: ../x\\n: not attached");
  }

  @Test
  void sweepIsRefusedWhilePaused() throws Exception {
    loop.start();

    assertThat(get(orders.pause("root"))).isEqualTo(Answer.done("paused: no sweeps until resume"));
    assertThat(get(orders.status()).paused()).isTrue();
    assertThat(get(orders.sweep("root")))
        .isEqualTo(Answer.failed("sweep failed: sweeps are paused; resume first"));
    assertThat(get(orders.resume("root"))).isEqualTo(Answer.done("resumed"));
    assertThat(get(orders.status()).paused()).isFalse();
  }

  @Test
  void metricsAreMadeOfASnapshotOfThisMoment() throws Exception {
    loop.start();

    Answer answer = answer(get(orders.handle(Request.METRICS, "root")));

    assertThat(answer.metrics()).containsExactly("devices ", "2\n");
    assertThat(answer.daemon()).contains(INSTANCE);
    assertThat(answer.devices()).isEmpty();
  }

  @Test
  void metricsOfThousandsOfDevicesArriveWhole() throws Exception {
    String family = "fadvised_device_size_bytes{device=\"loop1234\"} 68719476736\n".repeat(20_000);
    Reply reply = Reply.ofMetrics(Answer.done(""), List.of("", family, "# EOF").iterator());
    StringBuilder line = new StringBuilder();
    while (!reply.isEnded()) {
      line.append(UTF_8.decode(reply.next()));
    }

    Answer answer = JsonText.parse(Answer.class, line.toString());

    assertThat(String.join("", answer.metrics())).isEqualTo(family + "# EOF");
  }

  @Test
  void orderWithoutARunningEngineFails() throws Exception {
    assertThat(get(orders.pause("root")))
        .isEqualTo(Answer.failed("pause failed: the engine is stopped"));
  }

  @Test
  void statusOfABusyEngineIsItsLastOne() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    loop.start();
    CompletableFuture<String> working =
        loop.submit(
            () -> {
              busy.await();
              return "";
            });

    assertThat(get(orders.status()).at()).isEqualTo(engine.snapshot().at().toString());
    busy.countDown();
    get(working);
  }

  @Test
  void invalidConfigurationIsRejectedWithAllItsProblems() throws Exception {
    orders =
        ordersWith(
            () -> {
              SettingsLoader.load(
                  Optional.empty(), List.of("budget.relaxed=nothing", "dry-run=perhaps"));
              return "";
            });

    Answer answer = get(orders.reload("root"));

    assertThat(answer.code()).isEqualTo(Answer.REJECTED);
    assertThat(answer.words().lines()).hasSize(2);
    assertThat(answer.words()).contains("budget.relaxed").contains("dry-run");
  }

  @Test
  void unexpectedFailureOfAReloadIsReported() throws Exception {
    orders =
        ordersWith(
            () -> {
              throw new UnsupportedOperationException();
            });

    assertThat(get(orders.reload("root")))
        .isEqualTo(Answer.failed("reload failed: java.lang.UnsupportedOperationException"));
  }

  @Test
  void engineStoppedDuringAnOrderStaysInterrupted() {
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                Orders.interruptible(
                    () -> {
                      throw new InterruptedException();
                    }))
        .withMessage("the engine is stopping");
    assertThat(Thread.interrupted()).isTrue();
  }

  private Answer sweep(String... devices) throws Exception {
    return answer(get(orders.handle(Request.sweep(List.of(devices)), "root")));
  }

  private long sweeps(String device) throws Exception {
    return get(orders.status()).devices().stream()
        .filter(report -> report.device().name().equals(device))
        .mapToLong(report -> report.totals().sweeps())
        .findFirst()
        .orElseThrow();
  }

  private static Answer answer(Reply reply) {
    StringBuilder line = new StringBuilder();
    while (!reply.isEnded()) {
      line.append(UTF_8.decode(reply.next()));
    }
    return JsonText.parse(Answer.class, line.toString());
  }

  private Orders ordersWith(Reload reload) {
    return new Orders(
        engine,
        loop,
        Clock.system(),
        INSTANCE,
        reload,
        snapshot -> List.of("devices ", snapshot.devices().size() + "\n").iterator(),
        null);
  }

  private static <T> T get(CompletableFuture<T> result) throws Exception {
    return result.get(30, TimeUnit.SECONDS);
  }
}
