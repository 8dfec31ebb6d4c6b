package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.fadvised.linux.FakeFile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests the engine's thread. */
@Timeout(30)
class EngineLoopTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @RegisterExtension final TestHost host = new TestHost();
  private EngineLoop loop;

  @BeforeEach
  void prepare() {
    loop = new EngineLoop(host.start("interval.min=100ms"));
  }

  @AfterEach
  void stop() throws InterruptedException {
    assertThat(loop.stop(PATIENCE)).isTrue();
  }

  private void awaitTicks(int count) throws InterruptedException {
    while (host.heard().snapshots.size() < count) {
      Thread.sleep(5);
    }
  }

  private Thread engineThread() throws Exception {
    return loop.submit(Thread::currentThread).get(10, TimeUnit.SECONDS);
  }

  @Test
  void ticksUntilItIsStopped() throws Exception {
    loop.start();
    awaitTicks(3);

    assertThat(loop.stop(PATIENCE)).isTrue();

    int ticks = host.heard().snapshots.size();
    Thread.sleep(250);
    assertThat(host.heard().snapshots).hasSize(ticks);
  }

  @Test
  void startsAgainAfterAStop() throws Exception {
    loop.start();
    Thread first = engineThread();
    assertThat(loop.stop(PATIENCE)).isTrue();
    int ticks = host.heard().snapshots.size();

    loop.start();
    awaitTicks(ticks + 2);

    assertThat(engineThread()).isNotSameAs(first);
    assertThat(first.isAlive()).isFalse();
  }

  @Test
  void secondStartFailsAndSecondStopDoesNot() throws Exception {
    loop.start();

    assertThatIllegalStateException().isThrownBy(loop::start).withMessage("the engine is running");

    assertThat(loop.stop(PATIENCE)).isTrue();
    assertThat(loop.stop(PATIENCE)).isTrue();
  }

  @Test
  void commandRunsOnTheEngineThreadAndATickFollowsAtOnce() throws Exception {
    host.engine().apply(TestHost.settings("interval.min=1h", "interval.max=1h"));
    loop.start();
    awaitTicks(1);

    Thread thread = engineThread();
    awaitTicks(2);

    assertThat(thread.getName()).isEqualTo("fadvised-engine");
    assertThat(thread.isDaemon()).isTrue();
  }

  @Test
  void questionIsAnsweredWithoutATick() throws Exception {
    host.engine().apply(TestHost.settings("interval.min=1h", "interval.max=1h"));
    loop.start();
    awaitTicks(1);
    Thread.sleep(50);
    int ticks = host.heard().snapshots.size();

    assertThat(loop.ask(() -> 42).get(10, TimeUnit.SECONDS)).isEqualTo(42);
    assertThat(loop.ask(() -> 43).get(10, TimeUnit.SECONDS)).isEqualTo(43);
    Thread.sleep(50);

    assertThat(host.heard().snapshots).hasSize(ticks);
  }

  @Test
  void anyNumberOfQuestionsDoesNotDelayTheNextTick() throws Exception {
    host.attachRead("loop0", MIB); // ticks every second
    loop.start();
    awaitTicks(1);
    AtomicBoolean done = new AtomicBoolean();
    List<Thread> askers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread asker =
          new Thread(
              () -> {
                while (!done.get()) {
                  loop.ask(() -> 42).join();
                }
              });
      asker.start();
      askers.add(asker);
    }

    awaitTicks(3);

    done.set(true);
    for (Thread asker : askers) {
      asker.join();
    }
  }

  @Test
  void failedCommandFailsForItsCallerOnly() throws Exception {
    loop.start();
    CompletableFuture<Object> failing =
        loop.submit(
            () -> {
              throw new IllegalStateException("on purpose");
            });
    loop.execute(
        () -> {
          throw new IllegalStateException("on purpose");
        });

    assertThat(catchCause(failing)).hasMessage("on purpose");
    assertThat(loop.submit(() -> 42).get(10, TimeUnit.SECONDS)).isEqualTo(42);
  }

  private static Throwable catchCause(CompletableFuture<Object> future) throws Exception {
    try {
      return new AssertionError("returned " + future.get(10, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  @Test
  void requestedRescanFindsANewDeviceAtOnce() throws Exception {
    loop.start();
    awaitTicks(1);
    host.attach("loop0", "/srv/a.img", MIB);
    host.clock().advance(Duration.ofSeconds(1)); // far less than the rescan interval

    loop.requestRescan();
    while (host.heard().appeared.isEmpty()) {
      Thread.sleep(5);
    }

    assertThat(host.heard().appeared).hasSize(1);
  }

  @Test
  void pressureEventEndsTheWaitOfAQuietHost() throws Exception {
    host.engine().apply(TestHost.settings()); // ticks every 5 s
    loop.start();
    awaitTicks(2);
    host.addStall(50_000);
    host.clock().advance(Duration.ofSeconds(1));
    long start = System.nanoTime();

    loop.pressureRises();
    while (host.snapshot().pressure().level() == 0) {
      Thread.sleep(5);
    }

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
  }

  @Test
  void stopIsBoundedWhileASystemCallHangs() throws Exception {
    CountDownLatch hanging = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    FakeFile file = host.attachRead("loop0", 100 * MIB);
    host.kernel()
        .beforeNext(
            "LOOP_GET_STATUS64",
            () -> {
              hanging.countDown();
              awaitWhateverComes(released);
            });
    loop.start();
    hanging.await();
    long start = System.nanoTime();

    assertThat(loop.stop(Duration.ofMillis(200))).isFalse();
    assertThat(loop.stop(Duration.ZERO)).isFalse();

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    // the engine still belongs to the hung thread: no second one may start
    assertThatIllegalStateException().isThrownBy(loop::start);

    released.countDown();
    assertThat(loop.stop(PATIENCE)).isTrue();
    loop.start();
    awaitTicks(1);
    assertThat(file.residentBytes()).isZero();
  }

  /** Like a system call that cannot be interrupted. */
  private static void awaitWhateverComes(CountDownLatch latch) {
    boolean interrupted = false;
    while (latch.getCount() > 0) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void failedTickDoesNotEndTheLoop() throws Exception {
    host.attach("loop0", "/srv/a.img", MIB);
    host.kernel()
        .beforeNext(
            "LOOP_GET_STATUS64",
            () -> {
              throw new IllegalStateException("on purpose");
            });
    loop.start();

    assertThat(loop.submit(() -> 42).get(10, TimeUnit.SECONDS)).isEqualTo(42);
    awaitTicks(1);
  }
}
