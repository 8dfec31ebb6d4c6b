package io.fadvised.control;

import io.fadvised.json.JsonText;
import io.fadvised.linux.Failures;
import io.fadvised.status.Instance;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Asks the daemon. Keeps the connection between two requests. Used by one thread at a time. */
public final class ControlClient implements AutoCloseable {
  /** Longer than the daemon waits for the result of an order. */
  private static final Duration TIMEOUT = Orders.TIMEOUT.plusSeconds(5);

  /** For a request that executes nothing. */
  private static final Duration QUERY_TIMEOUT = Duration.ofSeconds(10);

  /** How long a starting daemon waits for another one. */
  private static final Duration FIND_TIMEOUT = Duration.ofSeconds(2);

  /** The daemon may close an idle connection, at once if many others come. */
  private static final int MAX_ATTEMPTS = 5;

  private final List<Path> places;
  private final Duration orderTimeout;
  private final Duration queryTimeout;
  private @Nullable Link link;

  /**
   * @param places of the socket; the first one that exists is used
   */
  private ControlClient(List<Path> places, Duration orderTimeout, Duration queryTimeout) {
    this.places = places;
    this.orderTimeout = orderTimeout;
    this.queryTimeout = queryTimeout;
  }

  ControlClient(List<Path> places, Duration timeout) {
    this(places, timeout, timeout);
  }

  /** Returns a client of the daemon of this host, or of the one that the environment names. */
  public static ControlClient of(Map<String, String> environment) {
    return new ControlClient(SocketFile.places(environment), TIMEOUT, QUERY_TIMEOUT);
  }

  /** Returns the daemon that answers at a socket; empty if none does. */
  static Optional<Instance> findDaemon(Path socket) {
    try (ControlClient client = new ControlClient(List.of(socket), FIND_TIMEOUT)) {
      return client.ask(Request.VERSION).flatMap(Answer::daemon);
    } catch (DaemonUnavailableException e) {
      return Optional.empty(); // such as a killed daemon that still waits for its storage
    }
  }

  /**
   * Asks the daemon.
   *
   * @return empty if no daemon is running
   * @throws DaemonUnavailableException if a daemon does not answer, or may be running where this
   *     user cannot look
   */
  public Optional<Answer> ask(Request request) throws DaemonUnavailableException {
    Optional<Path> socket = find();
    if (socket.isEmpty()) {
      close();
      return Optional.empty();
    }
    Duration timeout = request.isQuery() ? queryTimeout : orderTimeout;
    try {
      return Optional.of(ask(socket.get(), request, timeout));
    } catch (ConnectException e) {
      return Optional.empty(); // nobody listens: the daemon was killed
    } catch (SocketTimeoutException e) {
      close();
      throw new DaemonUnavailableException(
          "the daemon is unavailable: not responding for " + timeout.toSeconds() + " s", e);
    } catch (IOException | IllegalArgumentException e) {
      close();
      if (Files.notExists(socket.get(), LinkOption.NOFOLLOW_LINKS)) {
        return Optional.empty(); // the daemon ended meanwhile
      }
      throw new DaemonUnavailableException(sentence(socket.get(), e), e);
    }
  }

  @Override
  public void close() {
    if (link != null) {
      link.close();
      link = null;
    }
  }

  /** Returns the first socket that exists, or may exist where this user cannot look. */
  private Optional<Path> find() {
    return places.stream()
        .filter(place -> !Files.notExists(place, LinkOption.NOFOLLOW_LINKS))
        .findFirst();
  }

  private Answer ask(Path socket, Request request, Duration timeout) throws IOException {
    long untilNanos = System.nanoTime() + timeout.toNanos();
    for (int attempt = 1; ; attempt++) {
      try {
        return exchange(socket, request, untilNanos);
      } catch (SocketTimeoutException | ConnectException e) {
        throw e;
      } catch (IOException e) { // closed, before the answer began
        close();
        if (attempt == MAX_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private Answer exchange(Path socket, Request request, long untilNanos) throws IOException {
    if (link == null) {
      link = Link.to(socket, untilNanos);
    }
    link.send(request.line(), untilNanos);
    Link.Line line = link.receive();
    try {
      return JsonText.parse(Answer.class, line);
    } catch (IllegalArgumentException e) {
      line.check();
      throw e;
    }
  }

  /** A file that this user may not write to is also left by a daemon that was killed. */
  private static String sentence(Path socket, Exception failure) {
    if (!Files.isWritable(socket)) {
      return "a daemon may be running, but this user may not write to " + socket + "; use sudo";
    }
    return "the daemon is unavailable: "
        + (failure instanceof EOFException
            ? "it closed the connection"
            : socket
                + ": "
                + (failure instanceof IOException io ? Failures.reason(io) : failure.getMessage()));
  }
}
