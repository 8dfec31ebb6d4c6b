package io.fadvised.cli;

import io.fadvised.cli.top.StatusSource;
import io.fadvised.control.Answer;
import io.fadvised.control.DaemonUnavailableException;
import io.fadvised.control.Request;
import io.fadvised.status.HostStatus;

/** Reads the running daemon, and its successor after a restart. */
final class DaemonSource implements StatusSource {
  private final Daemon daemon;
  private volatile String name;

  /**
   * @param first an answer of the daemon
   */
  DaemonSource(Daemon daemon, Answer first) {
    this.daemon = daemon;
    name = nameOf(first);
  }

  private static String nameOf(Answer answer) {
    return answer.daemon().map(instance -> "daemon " + instance.pid()).orElse("daemon");
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public HostStatus status() throws FailedException {
    Answer answer = ask(Request.STATUS);
    name = nameOf(answer);
    return answer
        .status()
        .orElseThrow(() -> new FailedException("the daemon returned no status", null));
  }

  @Override
  public String give(Order order) throws FailedException {
    return switch (order) {
      case PAUSE -> ask(Request.PAUSE).words();
      case RESUME -> ask(Request.RESUME).words();
      case SWEEP -> ask(Request.SWEEP).words();
    };
  }

  private Answer ask(Request request) throws FailedException {
    try {
      Answer answer =
          daemon
              .ask(request)
              .orElseThrow(() -> new FailedException("the daemon has stopped", null));
      if (answer.code() != Answer.DONE) {
        throw new FailedException(answer.words(), null);
      }
      return answer;
    } catch (DaemonUnavailableException e) {
      throw new FailedException(e.words(), e);
    }
  }

  @Override
  public void close() {}
}
