package io.fadvised.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fadvised.json.JsonText;
import io.fadvised.status.DeviceStatus;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Iterator;

/**
 * An answer that is written while the client reads it. The status of 10,000 devices takes 7 MB; a
 * client that does not read it holds one piece.
 */
final class Reply {
  private static final int PIECE_BYTES = 16 * 1024;

  /** The end of an answer: its list of devices is the last component. */
  private static final String END = "]}";

  private final String head;
  private final Iterator<DeviceStatus> devices;
  private String separator = "";
  private boolean begun;
  private boolean ended;

  /**
   * @param head the answer without its devices
   */
  Reply(Answer head, Iterator<DeviceStatus> devices) {
    String text = JsonText.compact(head);
    this.head = text.substring(0, text.length() - END.length());
    this.devices = devices;
  }

  /** Returns an answer without devices. */
  static Reply of(Answer answer) {
    return new Reply(answer, Collections.emptyIterator());
  }

  /** Returns whether nothing is left. */
  boolean isEnded() {
    return ended;
  }

  /** Returns the next piece; the last one ends the line. */
  ByteBuffer next() {
    ByteArrayOutputStream piece = new ByteArrayOutputStream();
    if (!begun) {
      piece.writeBytes(head.getBytes(UTF_8));
      begun = true;
    }
    while (devices.hasNext() && piece.size() < PIECE_BYTES) {
      String device = JsonText.compact(devices.next());
      piece.writeBytes((separator + device).getBytes(UTF_8));
      separator = ",";
    }
    if (!devices.hasNext()) {
      piece.writeBytes((END + "\n").getBytes(UTF_8));
      ended = true;
    }
    return ByteBuffer.wrap(piece.toByteArray());
  }
}
