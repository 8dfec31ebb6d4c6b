package io.fadvised;

import io.fadvised.config.InvalidSettingsException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.daemon.Daemon;
import org.apache.commons.daemon.DaemonContext;
import org.apache.commons.daemon.DaemonInitException;
import org.jspecify.annotations.Nullable;

/**
 * fadvised under jsvc: the life cycle of Commons Daemon. Arguments: {@code --config FILE} and any
 * number of {@code --set key=value}.
 */
public final class FadvisedDaemon implements Daemon {
  /** Less than the minute that systemd and jsvc wait. */
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

  private @Nullable Fadvised fadvised;

  /**
   * Reads the configuration and constructs the daemon; starts no thread. An invalid configuration
   * ends the process with status 78, which jsvc would replace if an exception were thrown.
   */
  @Override
  public void init(DaemonContext context) throws DaemonInitException {
    try {
      fadvised = Fadvised.create(parse(context.getArguments()));
    } catch (InvalidSettingsException e) {
      end(e); // the logger is not configured without settings
    }
  }

  /**
   * Ends the process with status 78 if another daemon runs, so that systemd does not restart it.
   */
  @Override
  public void start() {
    try {
      initialized().start();
    } catch (IOException e) {
      end(e);
    }
  }

  private static void end(Exception why) {
    System.err.println(why.getMessage());
    Runtime.getRuntime().halt(InvalidSettingsException.EXIT_STATUS);
  }

  @Override
  public void stop() throws InterruptedException {
    initialized().stop(STOP_TIMEOUT);
  }

  @Override
  public void destroy() {
    fadvised = null;
  }

  private Fadvised initialized() {
    if (fadvised == null) {
      throw new IllegalStateException("init was not called");
    }
    return fadvised;
  }

  private static SettingsSource parse(String @Nullable [] arguments) throws DaemonInitException {
    Optional<Path> file = Optional.empty();
    List<String> sets = new ArrayList<>();
    List<String> words = arguments == null ? List.of() : List.of(arguments);
    for (int i = 0; i < words.size(); i += 2) {
      if (i + 1 == words.size()) {
        throw new DaemonInitException(words.get(i) + " has no value");
      }
      switch (words.get(i)) {
        case "--config" -> file = Optional.of(Path.of(words.get(i + 1)));
        case "--set" -> sets.add(words.get(i + 1));
        default -> throw new DaemonInitException("unknown argument " + words.get(i));
      }
    }
    return new SettingsSource(file, sets);
  }
}
