package io.fadvised.metrics;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A connection to RMI of somebody who may have no password: it neither shows where it comes from,
 * nor keeps a thread for long by saying nothing, nor memory by saying much.
 *
 * <p>The registry of RMI lets every client on its own host change it: any local user could put a
 * server of his under our name and be sent the operator's password (as in CVE-2019-12418). A client
 * of unknown origin can only look names up.
 */
final class StrangerSocket extends Socket {
  /** A request: of ours and of JConsole's none has a tenth. No serial filter looks at texts. */
  private static final int MOST_BYTES = 65_536;

  private final Socket plain;
  private final Socket readable;
  private final Duration patience;
  private int unanswered;

  /**
   * @param plain what came in
   * @param readable the same, or what decrypts it
   * @param patience how long it may say nothing
   */
  StrangerSocket(Socket plain, Socket readable, Duration patience) {
    super();
    this.plain = plain;
    this.readable = readable;
    this.patience = patience;
  }

  @Override
  public @Nullable InetAddress getInetAddress() {
    return null;
  }

  @Override
  public int getPort() {
    return plain.getPort();
  }

  @Override
  public int getLocalPort() {
    return plain.getLocalPort();
  }

  @Override
  public void setTcpNoDelay(boolean on) throws SocketException {
    readable.setTcpNoDelay(on);
  }

  /** RMI would wait for two hours. */
  @Override
  public synchronized void setSoTimeout(int ignored) throws SocketException {
    readable.setSoTimeout(Math.toIntExact(patience.toMillis()));
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return new FilterInputStream(readable.getInputStream()) {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
      }

      @Override
      public int read(byte[] bytes, int start, int length) throws IOException {
        int count = super.read(bytes, start, length);
        unanswered += Math.max(0, count);
        if (unanswered > MOST_BYTES) {
          throw new IOException("a request of more than " + MOST_BYTES + " bytes");
        }
        return count;
      }
    };
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return new FilterOutputStream(readable.getOutputStream()) {
      @Override
      public void write(byte[] bytes, int start, int length) throws IOException {
        unanswered = 0;
        out.write(bytes, start, length);
      }
    };
  }

  @Override
  public boolean isClosed() {
    return plain.isClosed();
  }

  @Override
  public synchronized void close() throws IOException {
    try (plain) {
      readable.close();
    }
  }
}
