package io.fadvised.control;

import io.fadvised.control.Connection.State;
import io.fadvised.linux.Failures;
import io.fadvised.status.Instance;
import java.io.IOException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket on which the daemon answers requests. One thread serves all clients and never waits
 * for one of them, for the engine, or for storage.
 */
public final class ControlSocket implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ControlSocket.class);

  /** After a failed accept, which means that this process may open no more files. */
  private static final Duration ACCEPT_PAUSE = Duration.ofSeconds(1);

  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);

  private final SocketFile file;
  private final Handler handler;
  private final Limits limits;
  private final Selector selector;
  private final SelectionKey accepting;
  private final UserPrincipal owner;
  private final int ownerId;
  private final List<Connection> clients = new ArrayList<>();
  private final Queue<Runnable> finished = new ConcurrentLinkedQueue<>();
  private final Thread thread = new Thread(this::run, "fadvised-control");
  private long acceptAgainAtNanos;
  private volatile boolean closing;

  /**
   * Bounds of what clients can cost.
   *
   * @param clients connections at a time; another one replaces that which is silent longest
   * @param request from the connection, or the first byte, to the end of a request
   * @param order for the result of an order
   * @param answer for the client to read an answer
   */
  record Limits(int clients, Duration request, Duration order, Duration answer) {
    static final Limits DEFAULT =
        new Limits(16, Duration.ofSeconds(5), Orders.TIMEOUT, Duration.ofSeconds(30));
  }

  private ControlSocket(SocketFile file, Path path, Handler handler, Limits limits)
      throws IOException {
    this.file = file;
    this.handler = handler;
    this.limits = limits;
    owner = Files.getOwner(path);
    ownerId = (int) Files.getAttribute(path, "unix:uid");
    selector = Selector.open();
    file.channel().configureBlocking(false);
    accepting = file.channel().register(selector, SelectionKey.OP_ACCEPT);
    thread.setDaemon(true);
  }

  /**
   * Creates the socket of this daemon and serves it.
   *
   * @param environment the environment variables, which may name the place
   * @throws DaemonRunningException if another daemon answers there
   * @throws IOException if the socket cannot be created
   */
  public static ControlSocket open(Map<String, String> environment, Orders orders)
      throws IOException, DaemonRunningException {
    Path path = SocketFile.places(environment).get(0);
    try {
      return open(path, orders::handle, Limits.DEFAULT);
    } catch (DaemonRunningException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(path + ": " + Failures.reason(e), e);
    }
  }

  static ControlSocket open(Path path, Handler handler, Limits limits)
      throws IOException, DaemonRunningException {
    Optional<Instance> other = ControlClient.findDaemon(path);
    if (other.isPresent()) {
      throw new DaemonRunningException(
          "another fadvised runs on this host: process %d answers on %s; stop it first"
              .formatted(other.get().pid(), path));
    }
    SocketFile file = SocketFile.create(path);
    try {
      ControlSocket socket = new ControlSocket(file, path, handler, limits);
      socket.thread.start();
      return socket;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Closes all connections, after the answers that are complete, and removes the socket. */
  @Override
  public void close() {
    closing = true;
    selector.wakeup();
    try {
      thread.join(STOP_TIMEOUT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      file.close();
    } catch (IOException e) {
      log.warn("cannot remove the control socket: {}", e.toString());
    }
  }

  private void run() {
    try (selector) {
      while (!closing) {
        selector.select(this::serve, millisToWait());
        finish();
        acceptAgain();
        List.copyOf(clients).forEach(Connection::expire);
      }
      finish();
    } catch (IOException | ClosedSelectorException e) {
      log.error("the control socket failed; commands cannot reach the daemon", e);
    } finally {
      List.copyOf(clients).forEach(Connection::close);
    }
  }

  private void serve(SelectionKey key) {
    if (key.attachment() instanceof Connection client) {
      client.serve();
    } else if (key.isValid() && key.isAcceptable()) {
      accept();
    }
  }

  /** Takes over the results of other threads. */
  private void finish() {
    for (Runnable next = finished.poll(); next != null; next = finished.poll()) {
      next.run();
    }
  }

  Limits limits() {
    return limits;
  }

  /** Executes a client's request; the client gets the answer, or a failure, with its number. */
  void handle(Connection client, int number, Request request) {
    var unused =
        handler
            .handle(request, client.user())
            .whenComplete(
                (reply, failure) ->
                    later(
                        () -> {
                          if (failure == null) {
                            client.answer(number, reply);
                          } else {
                            client.fail(number, failure);
                          }
                        }));
  }

  /** Runs work on the thread of the socket, after the other clients were served. */
  void later(Runnable work) {
    finished.add(work);
    selector.wakeup();
  }

  /** Forgets a client that has closed its connection. */
  void closed(Connection client) {
    clients.remove(client);
  }

  /** Returns the time to the next limit; 0 if there is none. */
  private long millisToWait() {
    long next = accepting.interestOps() == 0 ? acceptAgainAtNanos : Long.MAX_VALUE;
    for (Connection client : clients) {
      next = Math.min(next, client.deadlineNanos());
    }
    long nanos = next - System.nanoTime();
    return next == Long.MAX_VALUE ? 0 : Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos) + 1);
  }

  private void accept() {
    try {
      SocketChannel channel = file.channel().accept();
      if (channel != null) {
        admit(channel);
      }
    } catch (IOException e) {
      log.warn("cannot accept a connection: {}", e.toString());
      makeRoom(1);
      accepting.interestOps(0);
      acceptAgainAtNanos = System.nanoTime() + ACCEPT_PAUSE.toNanos();
    }
  }

  private void acceptAgain() {
    if (accepting.isValid()
        && accepting.interestOps() == 0
        && System.nanoTime() - acceptAgainAtNanos >= 0) {
      accepting.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  private void admit(SocketChannel channel) throws IOException {
    try {
      Optional<String> user = userOf(channel);
      if (user.isPresent()) {
        makeRoom(limits.clients());
        channel.configureBlocking(false);
        clients.add(new Connection(channel, selector, user.get(), this));
        return;
      }
    } catch (IOException e) {
      log.debug("a client has gone", e);
    }
    channel.close();
  }

  /**
   * Closes connections until there are fewer than {@code max}: those that have been silent longest,
   * and those that wait for an order last.
   */
  private void makeRoom(int max) {
    while (clients.size() >= max) {
      Comparator<Connection> waitingLast =
          Comparator.comparing(client -> client.state() == State.WORKING);
      clients.stream()
          .min(waitingLast.thenComparingLong(Connection::activeAtNanos))
          .ifPresent(Connection::close);
    }
  }

  /** Returns the client's user for the log; empty if it may not give orders. */
  private Optional<String> userOf(SocketChannel channel) throws IOException {
    UserPrincipal user = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
    if (user.equals(owner)) {
      return Optional.of(user.getName() + " (uid " + ownerId + ")");
    }
    boolean isRoot = user.getName().equals("root") || user.getName().equals("0");
    return isRoot ? Optional.of("root (uid 0)") : Optional.empty();
  }
}
