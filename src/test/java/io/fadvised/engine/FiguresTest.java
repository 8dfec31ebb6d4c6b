package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class FiguresTest {
  @RegisterExtension final TestHost host = new TestHost();
  private EngineLoop loop;
  private Figures figures;

  /** A device that was swept while it was empty, and is not due for a minute. */
  @BeforeEach
  void prepare() throws Exception {
    host.attachRead("loop0", 0);
    Engine engine = host.start("interval.min=1m");
    loop = new EngineLoop(engine);
    figures = new Figures(engine, loop);
    loop.start();
    while (host.heard().swept.isEmpty()) {
      Thread.sleep(5);
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    assertThat(loop.stop(Duration.ofSeconds(10))).isTrue();
  }

  private CountDownLatch blockEngine() throws InterruptedException {
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    loop.execute(
        () -> {
          blocked.countDown();
          try {
            released.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    blocked.await();
    return released;
  }

  @Test
  void figuresHaveTheIoBeforeTheQuestion() {
    for (int i = 1; i <= 20; i++) {
      host.read("loop0", 0, i * MIB);

      assertThat(figures.now().join().residentBytes()).isEqualTo(i * MIB);
    }
    assertThat(host.heard().sweepsOf("loop0")).hasSize(1);
  }

  @Test
  void callersAtTheSameTimeShareOneMeasurement() throws Exception {
    host.read("loop0", 0, MIB);
    int opened = host.kernel().calls("openLoopDevice").size();
    // each measurement finds I/O, so that only sharing saves any
    host.kernel().before("openLoopDevice", call -> host.count("loop0", MIB, 0));
    CountDownLatch released = blockEngine();
    List<Long> answers = Collections.synchronizedList(new ArrayList<>());
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Thread caller = new Thread(() -> answers.add(figures.now().join().residentBytes()));
      caller.start();
      callers.add(caller);
    }
    for (Thread caller : callers) {
      while (caller.getState() != Thread.State.WAITING) {
        Thread.sleep(1);
      }
    }
    released.countDown();
    for (Thread caller : callers) {
      caller.join();
    }

    assertThat(answers).hasSize(10).containsOnly(MIB);
    assertThat(host.kernel().calls("openLoopDevice")).hasSize(opened + 1);
  }

  @Test
  void busyEngineReturnsTheLastSnapshotInHalfASecond() throws Exception {
    EngineSnapshot last = host.snapshot();
    CountDownLatch released = blockEngine();
    long start = System.nanoTime();

    EngineSnapshot snapshot = figures.now().join();

    assertThat(snapshot.at()).isEqualTo(last.at());
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(450), Duration.ofSeconds(3));
    released.countDown();
  }

  @Test
  void stoppedEngineReturnsTheLastSnapshotAndMeasuresAfterAStart() throws Exception {
    assertThat(loop.stop(Duration.ofSeconds(10))).isTrue();
    host.read("loop0", 0, MIB);

    assertThat(figures.now().join().residentBytes()).isZero();

    loop.start();
    assertThat(figures.now().join().residentBytes()).isEqualTo(MIB);
  }
}
