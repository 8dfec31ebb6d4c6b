package io.fadvised.cli;

import io.fadvised.cli.top.StatusSource;
import io.fadvised.metrics.ControlMXBean;
import io.fadvised.status.HostStatus;
import io.fadvised.status.StatusJson;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads the running daemon over local JMX, and its successor after a restart. */
final class DaemonSource implements StatusSource {
  private final Daemons daemons;
  private volatile long process;
  private Daemons.@Nullable Link link;

  DaemonSource(Daemons daemons, long process) {
    this.daemons = daemons;
    this.process = process;
  }

  @Override
  public String name() {
    return "daemon " + process;
  }

  @Override
  public HostStatus status() throws FailedException {
    try {
      return StatusJson.parseHost(ask(ControlMXBean::status));
    } catch (IllegalArgumentException e) {
      throw new FailedException("invalid status: " + e.getMessage(), e);
    }
  }

  @Override
  public String give(Order order) throws FailedException {
    return switch (order) {
      case PAUSE_OR_RESUME ->
          ask(control -> control.getState().equals("paused") ? control.resume() : control.pause());
      case SWEEP -> ask(ControlMXBean::sweepNow);
    };
  }

  private <T> T ask(Function<ControlMXBean, T> question) throws FailedException {
    try {
      if (link == null) {
        link = daemons.connect(process);
      }
      return link.ask(question);
    } catch (DaemonUnavailableException e) {
      close();
      Optional<Long> found = daemons.find();
      found.ifPresent(next -> process = next);
      throw new FailedException(found.isPresent() ? e.words() : "the daemon has stopped", e);
    } catch (IllegalStateException e) {
      throw new FailedException(String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public void close() {
    if (link != null) {
      link.close();
      link = null;
    }
  }
}
