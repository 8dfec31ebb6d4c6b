package io.fadvised.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * Sends entries with fields to the journal, by its native protocol. Its page is
 * JOURNAL_NATIVE_PROTOCOL of systemd; systemd.journal-fields(7) describes the fields.
 */
public final class Journal {
  /** The socket of systemd-journald. */
  public static final String SOCKET = "/run/systemd/journal/socket";

  private static final int WARNING = 4;
  private static final int INFO = 6;

  private final byte[] address;

  /**
   * @param socket path of the socket, which need not exist
   */
  public Journal(String socket) {
    address = ServiceNotifier.unixAddress(socket);
  }

  /** Sends an entry of the priority warning, see {@link #info}. */
  public boolean warn(String messageId, String message, Map<String, String> fields) {
    return send(WARNING, messageId, message, fields);
  }

  /**
   * Sends an entry of the priority info. Does not wait for the journal.
   *
   * @param messageId 32 hexadecimal digits, see {@code journalctl --catalog}
   * @param fields by names in upper case
   * @return false if the journal did not take it: it is full or gone, or the entry is larger than a
   *     datagram. The caller logs a line instead.
   */
  public boolean info(String messageId, String message, Map<String, String> fields) {
    return send(INFO, messageId, message, fields);
  }

  private boolean send(int priority, String messageId, String message, Map<String, String> fields) {
    try {
      ServiceNotifier.send(address, encode(priority, messageId, message, fields));
      return true;
    } catch (KernelException e) {
      return false;
    }
  }

  /** The identifier is that of the unit, and the facility is daemon, as for lines. */
  static byte[] encode(int priority, String messageId, String message, Map<String, String> fields) {
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    put(entry, "MESSAGE", message);
    put(entry, "PRIORITY", Integer.toString(priority));
    put(entry, "MESSAGE_ID", messageId);
    put(entry, "SYSLOG_IDENTIFIER", "fadvised");
    put(entry, "SYSLOG_FACILITY", "3");
    for (Map.Entry<String, String> field : fields.entrySet()) {
      put(entry, field.getKey(), field.getValue());
    }
    return entry.toByteArray();
  }

  /** Without its length a value would end at a newline, and the rest could forge a field. */
  private static void put(ByteArrayOutputStream entry, String name, String value) {
    byte[] bytes = value.getBytes(UTF_8);
    entry.writeBytes(name.getBytes(UTF_8));
    if (value.indexOf('\n') < 0) {
      entry.write('=');
    } else {
      entry.write('\n');
      entry.writeBytes(
          ByteBuffer.allocate(Long.BYTES)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(bytes.length)
              .array());
    }
    entry.writeBytes(bytes);
    entry.write('\n');
  }
}
