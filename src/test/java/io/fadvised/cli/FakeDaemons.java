package io.fadvised.cli;

import io.fadvised.metrics.ControlMXBean;
import io.fadvised.metrics.FakeControl;
import java.util.Optional;
import java.util.function.Function;

/** A daemon that answers, one that does not, or none. */
final class FakeDaemons implements Daemons {
  private static final long PROCESS = 42;

  private final Optional<Object> answer;

  private FakeDaemons(Optional<Object> answer) {
    this.answer = answer;
  }

  static Daemons none() {
    return new FakeDaemons(Optional.empty());
  }

  /** One that answers every question with this; an exception is thrown. */
  static Daemons answering(Object answer) {
    return new FakeDaemons(Optional.of(answer));
  }

  /** One whose control refuses to reload. */
  static Daemons refusing() {
    return new FakeDaemons(Optional.of(new FakeControl()));
  }

  @Override
  public Optional<Long> find() {
    return answer.map(some -> PROCESS);
  }

  @Override
  @SuppressWarnings("unchecked") // the test knows what will be asked
  public <T> T ask(long process, Function<ControlMXBean, T> question)
      throws DaemonUnavailableException {
    Object given = answer.orElseThrow();
    if (given instanceof ControlMXBean control) {
      return question.apply(control);
    }
    if (given instanceof IllegalStateException e) {
      throw e;
    }
    if (given instanceof Exception e) {
      throw new DaemonUnavailableException(process, e.getMessage(), e);
    }
    return (T) given;
  }

  @Override
  public Link connect(long process) {
    return new Link() {
      @Override
      public <T> T ask(Function<ControlMXBean, T> question) throws DaemonUnavailableException {
        return FakeDaemons.this.ask(process, question);
      }

      @Override
      public void close() {}
    };
  }
}
