package io.fadvised.engine;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Supplies figures that are true when asked for. Callers that ask at the same time share one
 * measurement, which begins after all of them have asked. Thread-safe.
 */
public final class Figures {
  /** Enough for about 900 busy devices of cachestat (measured on two cores, 6.18). */
  private static final Duration MEASURING_LIMIT = Duration.ofMillis(200);

  /** The limit, and the rest of a sweep of one device. A tick with many sweeps takes longer. */
  private static final Duration MAX_WAIT = Duration.ofMillis(500);

  private final Engine engine;
  private final EngineLoop loop;

  private Question last;
  private CompletableFuture<EngineSnapshot> answer;

  /** A measurement. A caller shares it only if it has not begun. */
  private static final class Question implements Callable<EngineSnapshot> {
    private final Engine engine;
    private volatile boolean begun;

    Question(Engine engine) {
      this.engine = engine;
    }

    @Override
    public EngineSnapshot call() throws InterruptedException {
      begun = true;
      engine.measureChanged(MEASURING_LIMIT);
      return engine.snapshot();
    }
  }

  public Figures(Engine engine, EngineLoop loop) {
    this.engine = engine;
    this.loop = loop;
    last = new Question(engine);
    answer = CompletableFuture.completedFuture(engine.snapshot());
  }

  /**
   * Returns a snapshot measured now. If the engine is busy for longer than half a second, hung or
   * stopped, it is the last one; {@link EngineSnapshot#at} tells its age. It never fails.
   */
  public CompletableFuture<EngineSnapshot> now() {
    return measured()
        .copy() // each caller has a timeout of its own
        .orTimeout(MAX_WAIT.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(late -> engine.snapshot());
  }

  /** The engine's thread takes no lock here: a stop waits for it. */
  private synchronized CompletableFuture<EngineSnapshot> measured() {
    if (last.begun || answer.isDone()) { // done without a measurement if the engine is stopped
      last = new Question(engine);
      answer = loop.ask(last);
    }
    return answer;
  }
}
