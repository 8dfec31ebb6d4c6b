package io.fadvised.pressure;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.PressureTrigger;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests the watcher's thread with fake triggers. */
@Timeout(30)
class PressureWatcherTest {
  private static final Duration REST = Duration.ofMillis(50);

  /** A signal whose trigger fires or fails on request. */
  private static final class FakeSignal implements PressureWatcher.Signal, PressureTrigger {
    private final BlockingQueue<Boolean> firings = new LinkedBlockingQueue<>();
    private volatile boolean refuses;
    private volatile boolean firesAlways;
    private volatile boolean closed;

    void refuse() {
      refuses = true;
    }

    void fire() {
      firings.add(true);
    }

    void fail() {
      firings.add(false);
    }

    @Override
    public PressureWatcher.Armed arm() throws IOException {
      if (refuses) {
        throw new IOException("not here");
      }
      return new PressureWatcher.Armed(this, "a fake");
    }

    /** Waits 10 ms at most; like poll(2) it does not end at an interrupt. */
    @Override
    public boolean await(Duration timeout) throws IOException {
      if (firesAlways) {
        return true;
      }
      try {
        Boolean firing = firings.poll(10, TimeUnit.MILLISECONDS);
        if (Boolean.FALSE.equals(firing)) {
          throw new IOException("gone");
        }
        return firing != null;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private final FakeSignal stalls = new FakeSignal();
  private final List<String> sources = new CopyOnWriteArrayList<>();
  private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  private final PressureWatcher watcher =
      new PressureWatcher(
          stalls,
          new PressureWatcher.Listener() {
            @Override
            public void watching(boolean watched, String words) {
              sources.add(watched + " " + words);
            }

            @Override
            public void pressureRises() {
              events.add("stalls");
            }
          },
          REST);

  @AfterEach
  void stop() {
    watcher.stop();
  }

  private void awaitSources(int count) throws InterruptedException {
    while (sources.size() < count) {
      Thread.sleep(5);
    }
  }

  @Test
  void eachFiringIsReported() throws Exception {
    watcher.start();
    stalls.fire();
    stalls.fire();

    assertThat(events.take()).isEqualTo("stalls");
    assertThat(events.take()).isEqualTo("stalls");
    assertThat(sources).containsExactly("true a fake");
  }

  @Test
  void missingTriggerIsReportedWithItsReason() throws Exception {
    stalls.refuse();
    watcher.start();
    awaitSources(1);

    assertThat(sources).containsExactly("false the timer only (no PSI trigger: not here)");
  }

  @Test
  void triggerThatFailsIsReportedAndClosed() throws Exception {
    watcher.start();
    awaitSources(1);
    stalls.fail();
    awaitSources(2);

    assertThat(sources.get(1)).isEqualTo("false the timer only (no PSI trigger: gone)");
    assertThat(stalls.closed).isTrue();
    assertThat(events).isEmpty();
  }

  @Test
  void permanentPressureIsReportedOncePerRest() throws Exception {
    stalls.firesAlways = true;
    watcher.start();
    events.take();

    Thread.sleep(10 * REST.toMillis());

    assertThat(events.size()).isBetween(2, 10);
  }

  @Test
  void stopEndsTheThreadAndClosesTheTrigger() throws Exception {
    for (boolean pressed : new boolean[] {false, true}) {
      stalls.closed = false;
      stalls.firesAlways = pressed;
      sources.clear();
      watcher.start();
      awaitSources(1);
      watcher.stop();
      watcher.stop();

      while (!stalls.closed || threadLives()) {
        Thread.sleep(5);
      }
    }
    assertThat(sources).containsExactly("true a fake"); // a stop is not reported
  }

  private static boolean threadLives() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("fadvised-pressure"));
  }
}
