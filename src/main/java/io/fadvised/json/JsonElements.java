package io.fadvised.json;

import io.avaje.json.JsonWriter;
import java.io.ByteArrayOutputStream;
import java.util.Iterator;

/**
 * Writes the elements of a JSON array, with commas between them and without its brackets, as they
 * are asked for. Elements are records or texts. One writer serves all: its buffer is larger than a
 * device.
 */
public final class JsonElements {
  private final Iterator<?> elements;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final JsonWriter writer = JsonText.JSON.writer(bytes);

  public JsonElements(Iterator<?> elements) {
    this.elements = elements;
  }

  /** Returns whether an element is left. */
  public boolean hasNext() {
    return elements.hasNext();
  }

  /** Returns the next elements in UTF-8: all, or as many as make up {@code minBytes}. */
  public byte[] next(int minBytes) {
    bytes.reset();
    while (elements.hasNext() && bytes.size() < minBytes) {
      JsonText.JSON.toJson(elements.next(), writer);
      writer.flush();
    }
    return bytes.toByteArray();
  }
}
