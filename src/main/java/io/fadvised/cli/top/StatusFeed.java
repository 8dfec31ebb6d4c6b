package io.fadvised.cli.top;

import io.fadvised.cli.top.StatusSource.FailedException;
import io.fadvised.cli.top.StatusSource.Order;
import io.fadvised.status.HostStatus;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks a source again and again on a thread of its own, so that keys are heard while a daemon takes
 * its time.
 */
final class StatusFeed implements AutoCloseable {
  private final StatusSource source;
  private final Duration interval;
  private final BlockingQueue<Order> orders = new LinkedBlockingQueue<>();
  private final BlockingQueue<News> news = new LinkedBlockingQueue<>();
  private final Thread thread = new Thread(this::run, "fadvised-top");

  /** What came in. */
  sealed interface News {
    /** A look. */
    record Looked(HostStatus status) implements News {}

    /** No look, and why. */
    record Failed(String words) implements News {}

    /** What an order led to. */
    record Done(String words) implements News {}
  }

  StatusFeed(StatusSource source, Duration interval) {
    this.source = source;
    this.interval = interval;
    thread.setDaemon(true); // a daemon that does not answer must not keep us from ending
  }

  void start() {
    thread.start();
  }

  /** Gives an order as soon as the source is free. */
  void give(Order order) {
    orders.add(order);
  }

  /** What came in and was not taken yet, waiting for the first; null after the patience. */
  @Nullable News poll(Duration patience) throws InterruptedException {
    return news.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void run() {
    try (source) {
      while (!Thread.currentThread().isInterrupted()) {
        look();
        Order order = orders.poll(interval.toMillis(), TimeUnit.MILLISECONDS);
        if (order != null) {
          obey(order);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() throws InterruptedException {
    try {
      news.add(new News.Looked(source.status()));
    } catch (FailedException e) {
      news.add(new News.Failed(e.words()));
    } catch (RuntimeException e) { // the next look may do better
      news.add(new News.Failed("failed: " + e));
    }
  }

  private void obey(Order order) throws InterruptedException {
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
