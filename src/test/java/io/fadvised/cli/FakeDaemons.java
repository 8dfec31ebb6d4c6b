package io.fadvised.cli;

import io.fadvised.metrics.ControlMXBean;
import io.fadvised.metrics.FakeControl;
import java.util.Optional;
import java.util.function.Function;

/** Fakes of a daemon, or of none. */
final class FakeDaemons implements Daemons {
  private static final long PROCESS = 42;

  private final Optional<Object> answer;

  private FakeDaemons(Optional<Object> answer) {
    this.answer = answer;
  }

  static Daemons none() {
    return new FakeDaemons(Optional.empty());
  }

  /** Returns a daemon that answers every call with this; an exception is thrown. */
  static Daemons answering(Object answer) {
    return new FakeDaemons(Optional.of(answer));
  }

  /** Returns a daemon that rejects a reload. */
  static Daemons refusing() {
    return new FakeDaemons(Optional.of(new FakeControl()));
  }

  @Override
  public Optional<Long> find() {
    return answer.map(some -> PROCESS);
  }

  @Override
  @SuppressWarnings("unchecked") // the test knows the type
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
