package io.fadvised.control;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A client of the {@link ControlSocket}. Used only by the thread of the socket. */
final class Connection {
  static final int MAX_REQUEST_BYTES = 4096;

  /** Maximum number of pieces that one client gets before the others are served. */
  private static final int PIECES_AT_A_TIME = 2;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final SocketChannel channel;
  private final SelectionKey key;
  private final String user;
  private final ControlSocket socket;
  private final ByteBuffer received = ByteBuffer.allocate(MAX_REQUEST_BYTES);
  private State state = State.READING;
  private String command = "";
  private @Nullable Reply reply;
  private ByteBuffer piece = NOTHING;
  private boolean lastAnswer;
  private int number;
  private long activeAtNanos;
  private long deadlineNanos;

  /** A request is received, then executed, then its answer is written. */
  enum State {
    READING,
    WORKING,
    WRITING
  }

  Connection(SocketChannel channel, Selector selector, String user, ControlSocket socket)
      throws IOException {
    this.channel = channel;
    this.user = user;
    this.socket = socket;
    key = channel.register(selector, SelectionKey.OP_READ, this);
    enter(State.READING, socket.limits().request());
  }

  State state() {
    return state;
  }

  String user() {
    return user;
  }

  /** Returns when the client last sent a byte, or read one. */
  long activeAtNanos() {
    return activeAtNanos;
  }

  /** Returns when {@link #expire} has something to do; {@link Long#MAX_VALUE} if never. */
  long deadlineNanos() {
    return deadlineNanos;
  }

  /** Reads or writes what is possible without waiting. */
  void serve() {
    try {
      if (key.isReadable()) {
        read();
      } else if (key.isWritable()) {
        write();
      }
    } catch (IOException | RuntimeException e) { // gone, or closed meanwhile
      close();
    }
  }

  /** Ends what has taken too long. */
  void expire() {
    if (System.nanoTime() - deadlineNanos < 0 || deadlineNanos == Long.MAX_VALUE) {
      return;
    }
    if (state == State.WORKING) {
      answer(number, Reply.of(Orders.late(command, socket.limits().order())));
    } else {
      close();
    }
  }

  /** Answers the request with this number, unless it was answered before. */
  void answer(int request, Reply answer) {
    if (state == State.WORKING && request == number) {
      write(answer);
    }
  }

  void fail(int request, Throwable failure) {
    answer(request, Reply.of(Answer.failed(command + " failed: " + Orders.words(failure))));
  }

  void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // it is closed all the same
    }
    socket.closed(this);
  }

  private void read() throws IOException {
    boolean idle = received.position() == 0 && deadlineNanos == Long.MAX_VALUE;
    if (channel.read(received) < 0) {
      close();
      return;
    }
    activeAtNanos = System.nanoTime();
    if (idle) {
      enter(State.READING, socket.limits().request());
    }
    takeRequest();
  }

  /** Executes the first request that was received, if it is complete. */
  private void takeRequest() {
    int length = 0;
    while (length < received.position() && received.get(length) != '\n') {
      length++;
    }
    if (length == received.position()) {
      if (!received.hasRemaining()) {
        reject("a request has at most " + MAX_REQUEST_BYTES + " bytes");
      }
      return;
    }
    byte[] line = Arrays.copyOf(received.array(), length);
    received.flip().position(length + 1);
    received.compact();
    execute(line);
  }

  private void execute(byte[] line) {
    Request request;
    try {
      request = Request.parse(line);
    } catch (IllegalArgumentException e) {
      reject("not a request: " + e.getMessage());
      return;
    }
    enter(State.WORKING, socket.limits().order());
    key.interestOps(0);
    command = request.command();
    number++;
    socket.handle(this, number, request);
  }

  /** Answers what is not a request, and reads no further. */
  private void reject(String why) {
    lastAnswer = true;
    write(Reply.of(Answer.unknown(why)));
  }

  private void write(Reply answer) {
    enter(State.WRITING, socket.limits().answer());
    reply = answer;
    piece = NOTHING;
    try {
      write();
    } catch (IOException | RuntimeException e) {
      close();
    }
  }

  private void write() throws IOException {
    for (int i = 0; i < PIECES_AT_A_TIME; i++) {
      if (!piece.hasRemaining()) {
        if (reply == null || reply.isEnded()) {
          written();
          return;
        }
        piece = reply.next();
      }
      if (channel.write(piece) > 0) {
        activeAtNanos = System.nanoTime();
      }
      if (piece.hasRemaining()) {
        break;
      }
    }
    key.interestOps(SelectionKey.OP_WRITE);
  }

  private void written() {
    reply = null;
    piece = NOTHING;
    if (lastAnswer) {
      close();
      return;
    }
    state = State.READING;
    deadlineNanos = Long.MAX_VALUE;
    key.interestOps(SelectionKey.OP_READ);
    if (received.position() > 0) { // the next request, or a part of it
      enter(State.READING, socket.limits().request());
      socket.later(this::takeNext);
    }
  }

  private void takeNext() {
    if (state == State.READING && channel.isOpen()) {
      takeRequest();
    }
  }

  private void enter(State next, Duration limit) {
    state = next;
    activeAtNanos = System.nanoTime();
    deadlineNanos = activeAtNanos + limit.toNanos();
  }
}
