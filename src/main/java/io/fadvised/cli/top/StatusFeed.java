package io.fadvised.cli.top;

import io.fadvised.cli.top.StatusSource.FailedException;
import io.fadvised.cli.top.StatusSource.Order;
import io.fadvised.status.HostStatus;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Polls a source on its own thread, so that keys work while a daemon is slow to respond. */
final class StatusFeed implements AutoCloseable {
  /** Answers take at most a twentieth of the time, so that watching many devices costs little. */
  private static final int REST_FACTOR = 19;

  private static final Duration MAX_REST = Duration.ofSeconds(5);

  private final StatusSource source;
  private final Duration interval;
  private final BlockingQueue<Order> orders = new LinkedBlockingQueue<>();
  private final BlockingQueue<News> news = new LinkedBlockingQueue<>();
  private final Thread thread = new Thread(this::run, "fadvised-top");

  /** A result of the source. */
  sealed interface News {
    /** A new status. */
    record Updated(HostStatus status) implements News {}

    /** The source failed, with the reason. */
    record Failed(String words) implements News {}

    /** The result of an order. */
    record Done(String words) implements News {}
  }

  StatusFeed(StatusSource source, Duration interval) {
    this.source = source;
    this.interval = interval;
    thread.setDaemon(true); // a hung daemon must not keep the program alive
  }

  void start() {
    thread.start();
  }

  /** Queues an order until the source is free. */
  void give(Order order) {
    orders.add(order);
  }

  /** Returns the next result, or null if there is none within the timeout. */
  @Nullable News poll(Duration timeout) throws InterruptedException {
    return news.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void run() {
    try (source) {
      while (!Thread.currentThread().isInterrupted()) {
        long began = System.nanoTime();
        update();
        Duration rest = rest(Duration.ofNanos(System.nanoTime() - began));
        Order order = orders.poll(rest.toMillis(), TimeUnit.MILLISECONDS);
        if (order != null) {
          execute(order);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** With thousands of devices an update costs the daemon a quarter of a second. */
  private Duration rest(Duration answer) {
    Duration wanted = answer.multipliedBy(REST_FACTOR);
    Duration rest = wanted.compareTo(MAX_REST) < 0 ? wanted : MAX_REST;
    return rest.compareTo(interval) < 0 ? interval : rest;
  }

  private void update() throws InterruptedException {
    try {
      news.add(new News.Updated(source.status()));
    } catch (FailedException e) {
      news.add(new News.Failed(e.words()));
    } catch (RuntimeException e) { // the next update may succeed
      news.add(new News.Failed("failed: " + e));
    }
  }

  private void execute(Order order) throws InterruptedException {
    try {
      news.add(new News.Done(source.give(order)));
    } catch (FailedException e) {
      news.add(new News.Failed(e.words()));
    } catch (RuntimeException e) {
      news.add(new News.Failed("failed: " + e));
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
