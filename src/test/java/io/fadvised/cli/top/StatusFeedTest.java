package io.fadvised.cli.top;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.cli.top.StatusFeed.News;
import io.fadvised.status.HostStatus;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StatusFeedTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @Test
  void slowAnswersTakeAtMostATwentiethOfTheTime() throws Exception {
    StatusSource slow = new SlowSource(Duration.ofMillis(50));
    try (StatusFeed feed = new StatusFeed(slow, Duration.ofMillis(1))) {
      long start = System.nanoTime();
      feed.start();
      assertThat(feed.poll(PATIENCE)).isInstanceOf(News.Failed.class);
      assertThat(feed.poll(PATIENCE)).isInstanceOf(News.Failed.class);

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(1));
    }
  }

  @Test
  void orderDuringARestIsExecutedAtOnce() throws Exception {
    try (StatusFeed feed = new StatusFeed(new SlowSource(Duration.ZERO), Duration.ofHours(1))) {
      feed.start();
      assertThat(feed.poll(PATIENCE)).isInstanceOf(News.Failed.class);

      feed.give(StatusSource.Order.SWEEP);

      assertThat(feed.poll(PATIENCE)).isEqualTo(new News.Done("done: SWEEP"));
    }
  }

  private static final class SlowSource implements StatusSource {
    private final Duration delay;

    SlowSource(Duration delay) {
      this.delay = delay;
    }

    @Override
    public String name() {
      return "slow";
    }

    @Override
    public HostStatus status() throws FailedException, InterruptedException {
      Thread.sleep(delay.toMillis());
      throw new FailedException("not there", null);
    }

    @Override
    public String give(Order order) {
      return "done: " + order;
    }

    @Override
    public void close() {}
  }
}
