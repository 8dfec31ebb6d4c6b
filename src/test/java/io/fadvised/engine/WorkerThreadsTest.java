package io.fadvised.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class WorkerThreadsTest {
  private static final Duration LONG = Duration.ofSeconds(10);
  private static final Duration SHORT = Duration.ofMillis(50);

  private final WorkerThreads workers = new WorkerThreads(Path.of("/proc"));

  @Test
  void workThatReturnsInTimeIsDoneByOneThread() throws Exception {
    Work<Thread> first = new Work<>(Thread::currentThread);
    Work<Thread> second = new Work<>(Thread::currentThread);

    workers.run(first, LONG);
    workers.run(second, LONG);

    assertThat(first.result()).isSameAs(second.result()).isNotSameAs(Thread.currentThread());
  }

  @Test
  void workerThatUsesTheProcessorIsNotLeftBehind() throws Exception {
    Work<String> busy =
        new Work<>(
            () -> {
              long end = System.nanoTime() + SHORT.multipliedBy(3).toNanos();
              while (System.nanoTime() < end) {
                Thread.onSpinWait();
              }
              return "done";
            });

    workers.run(busy, SHORT);

    assertThat(busy.result()).isEqualTo("done");
  }

  @Test
  void workerThatGoesFromCallToCallIsNotLeftBehind() throws Exception {
    Work<String> slow =
        new Work<>(
            () -> {
              for (int call = 0; call < 30; call++) {
                Thread.sleep(5);
              }
              return "done";
            });

    workers.run(slow, SHORT);

    assertThat(slow.result()).isEqualTo("done");
  }

  @Test
  void hungWorkIsLeftBehindAndItsThreadEndsWithIt() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    CompletableFuture<Thread> stuck = new CompletableFuture<>();
    Work<String> work =
        new Work<>(
            () -> {
              stuck.complete(Thread.currentThread());
              answer.await();
              return "late";
            });

    workers.run(work, SHORT);
    Work<Thread> next = new Work<>(Thread::currentThread);
    workers.run(next, LONG);
    assertThat(next.result()).isNotSameAs(stuck.get());
    assertThat(work.isDone()).isFalse();

    answer.countDown();
    stuck.get().join();
    assertThat(work.result()).isEqualTo("late");
  }

  @Test
  void interruptOfTheEngineInterruptsTheWork() throws Exception {
    Work<String> work =
        new Work<>(
            () -> {
              Thread.sleep(LONG.toMillis());
              return "slept";
            });
    Thread.currentThread().interrupt();

    assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> workers.run(work, LONG));

    assertThat(work.isDone()).isTrue();
    assertThatExceptionOfType(InterruptedException.class).isThrownBy(work::result);
  }

  @Test
  void failedWorkThrowsWhenItsResultIsFetched() throws Exception {
    for (Throwable failure : List.of(new IllegalStateException("no"), new StackOverflowError())) {
      Work<String> work = new Work<>(() -> sneaky(failure));

      workers.run(work, LONG);

      assertThatExceptionOfType(failure.getClass()).isThrownBy(work::result);
    }
  }

  private static String sneaky(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) failure;
  }
}
