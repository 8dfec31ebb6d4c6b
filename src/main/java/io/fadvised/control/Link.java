package io.fadvised.control;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A connection to a socket, with a time limit for each exchange. */
final class Link implements AutoCloseable {
  private static final long RETRY_MILLIS = 20;
  private static final int BUFFER_BYTES = 16 * 1024;

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private long untilNanos;

  private Link(SocketChannel channel, Selector selector) throws IOException {
    this.channel = channel;
    this.selector = selector;
    key = channel.register(selector, 0);
  }

  /**
   * Connects. Waits while as many connections as possible wait to be accepted.
   *
   * @param untilNanos limit of {@link System#nanoTime}
   */
  static Link to(Path socket, long untilNanos) throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(socket);
    while (System.nanoTime() - untilNanos < 0) {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        channel.configureBlocking(false);
        if (channel.connect(address)) {
          return new Link(channel, Selector.open());
        }
      } catch (SocketException e) {
        if (e instanceof ConnectException || !Files.isWritable(socket)) {
          channel.close();
          throw e;
        } // else EAGAIN, which has no exception of its own
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
      channel.close();
      pause();
    }
    throw new SocketTimeoutException();
  }

  /**
   * Writes a request.
   *
   * @param until limit of {@link System#nanoTime} for this request and the answer
   */
  void send(byte[] line, long until) throws IOException {
    untilNanos = until;
    ByteBuffer rest = ByteBuffer.wrap(line);
    while (rest.hasRemaining()) {
      await(SelectionKey.OP_WRITE);
      channel.write(rest);
    }
  }

  /** Returns the answer up to the end of its line. */
  Line receive() {
    return new Line();
  }

  private void await(int operation) throws IOException {
    key.interestOps(operation);
    long millis = TimeUnit.NANOSECONDS.toMillis(untilNanos - System.nanoTime());
    if (millis <= 0) {
      throw new SocketTimeoutException();
    }
    selector.select(millis);
    selector.selectedKeys().clear();
    if (Thread.interrupted()) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }

  private static void pause() throws InterruptedIOException {
    try {
      Thread.sleep(RETRY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }

  @Override
  public void close() {
    try (channel;
        selector) {
      key.cancel();
    } catch (IOException e) {
      // it is closed all the same
    }
  }

  /** One line of input. Remembers its failure, which a parser would hide in one of its own. */
  final class Line extends InputStream {
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).flip();
    private IOException failure = new EOFException();
    private boolean failed;
    private boolean begun;
    private boolean ended;

    /** Throws what a read has thrown. */
    void check() throws IOException {
      if (failed) {
        throw failure;
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (ended) {
        return -1;
      }
      try {
        fill();
      } catch (IOException e) {
        failed = true;
        failure = e;
        throw e;
      }
      int copied = Math.min(length, buffer.remaining());
      buffer.get(bytes, offset, copied);
      if (bytes[offset + copied - 1] == '\n') {
        ended = true;
      }
      return copied;
    }

    private void fill() throws IOException {
      while (!buffer.hasRemaining()) {
        await(SelectionKey.OP_READ);
        buffer.clear();
        int read = channel.read(buffer);
        buffer.flip();
        if (read < 0) {
          throw begun ? new IOException("it ended within an answer") : new EOFException();
        }
        begun |= read > 0;
      }
    }
  }
}
