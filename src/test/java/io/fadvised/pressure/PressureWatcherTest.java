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

/** The watcher's thread, with triggers that fire when told to. */
@Timeout(30)
class PressureWatcherTest {
  private static final Duration REST = Duration.ofMillis(50);

  /** A signal whose trigger fires, or fails, as often as it is told to. */
  private static final class FakeSignal implements PressureSignal, PressureTrigger {
    private final String name;
    private final Duration window;
    private final BlockingQueue<Boolean> firings = new LinkedBlockingQueue<>();
    private volatile boolean refuses;
    private volatile boolean firesAlways;
    private volatile boolean closed;

    FakeSignal(String name, Duration window) {
      this.name = name;
      this.window = window;
    }

    FakeSignal refuse() {
      refuses = true;
      return this;
    }

    void fire() {
      firings.add(true);
    }

    void fail() {
      firings.add(false);
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public On open() throws IOException {
      if (refuses) {
        throw new IOException("not here");
      }
      return new On(this, name + " (a fake)", window);
    }

    /** Like poll(2) a wait that no interrupt ends, but a short one. */
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

  private final FakeSignal stalls = new FakeSignal("stalls", Duration.ofSeconds(2));
  private final FakeSignal reclaim = new FakeSignal("reclaim", Duration.ZERO);
  private final List<String> sources = new CopyOnWriteArrayList<>();
  private final BlockingQueue<Duration> events = new LinkedBlockingQueue<>();
  private final PressureWatcher watcher =
      new PressureWatcher(
          List.of(stalls, reclaim),
          new PressureWatcher.Listener() {
            @Override
            public void watching(boolean watched, String words) {
              sources.add(watched + " " + words);
            }

            @Override
            public void pressureRises(Duration stallWindow) {
              events.add(stallWindow);
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
  void theFirstSignalThatCanBeHadTells() throws Exception {
    watcher.start();
    stalls.fire();
    stalls.fire();

    assertThat(events.take()).hasSeconds(2);
    assertThat(events.take()).hasSeconds(2);
    assertThat(sources).containsExactly("true stalls (a fake)");
  }

  @Test
  void theNextOneTellsWhereTheFirstIsMissing() throws Exception {
    stalls.refuse();
    watcher.start();
    reclaim.fire();

    assertThat(events.take()).isZero();
    assertThat(sources).containsExactly("true reclaim (a fake), because of stalls: not here");
  }

  @Test
  void theNextOneTellsWhereTheFirstHasFailed() throws Exception {
    watcher.start();
    awaitSources(1);
    stalls.fail();
    reclaim.fire();

    assertThat(events.take()).isZero();
    assertThat(sources)
        .containsExactly("true stalls (a fake)", "true reclaim (a fake), because of stalls: gone");
    assertThat(stalls.closed).isTrue();
  }

  @Test
  void withoutAnySignalTheTicksHaveToDo() throws Exception {
    stalls.refuse();
    watcher.start();
    reclaim.fail();
    awaitSources(2);

    assertThat(sources.get(1))
        .isEqualTo("false its tick alone, because of stalls: not here; reclaim: gone");
    assertThat(events).isEmpty();
  }

  @Test
  void pressureWithoutEndIsToldOfOnceInEachRest() throws Exception {
    stalls.firesAlways = true;
    watcher.start();
    events.take();

    Thread.sleep(10 * REST.toMillis());

    assertThat(events.size()).isBetween(2, 10);
  }

  @Test
  void aStopEndsTheThreadAndTheTrigger() throws Exception {
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
    assertThat(sources).containsExactly("true stalls (a fake)"); // and no farewell
  }

  private static boolean threadLives() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("fadvised-pressure"));
  }
}
