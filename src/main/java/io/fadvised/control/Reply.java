package io.fadvised.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fadvised.json.JsonElements;
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

  private final String head;
  private final JsonElements elements;
  private final String end;
  private boolean begun;
  private boolean ended;

  private Reply(Answer answer, String list, Iterator<?> elements) {
    String text = JsonText.compact(answer);
    String empty = "\"" + list + "\":[]"; // cannot be part of a value, where quotes are escaped
    int cut = text.lastIndexOf(empty) + empty.length() - 1;
    head = text.substring(0, cut);
    end = text.substring(cut) + "\n";
    this.elements = new JsonElements(elements);
  }

  /** Returns an answer with a status. */
  static Reply of(Answer answer, Iterator<DeviceStatus> devices) {
    return new Reply(answer, "devices", devices);
  }

  /** Returns an answer with metrics, in texts of whole lines. */
  static Reply ofMetrics(Answer answer, Iterator<String> metrics) {
    return new Reply(answer, "metrics", new LineGroups(metrics));
  }

  /** Divides texts between lines; a parser does not accept a string of any length. */
  private static final class LineGroups implements Iterator<String> {
    private final Iterator<String> texts;
    private String text = "";
    private int at;

    LineGroups(Iterator<String> texts) {
      this.texts = texts;
    }

    @Override
    public boolean hasNext() {
      return at < text.length() || texts.hasNext();
    }

    @Override
    public String next() {
      if (at == text.length()) {
        text = texts.next();
        at = 0;
      }
      int start = at;
      int lineEnd = text.indexOf('\n', Math.min(start + PIECE_BYTES, text.length()));
      at = lineEnd < 0 ? text.length() : lineEnd + 1;
      return text.substring(start, at);
    }
  }

  /** Returns an answer without a list. */
  static Reply of(Answer answer) {
    return new Reply(answer, "devices", Collections.emptyIterator());
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
    piece.writeBytes(elements.next(PIECE_BYTES));
    if (!elements.hasNext()) {
      piece.writeBytes(end.getBytes(UTF_8));
      ended = true;
    }
    return ByteBuffer.wrap(piece.toByteArray());
  }
}
