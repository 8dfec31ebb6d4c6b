package io.fadvised.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;

/** Asks the operator on the terminal. */
record Prompt(PrintWriter out) {

  /** Returns whether the answer is yes; anything else is no. */
  boolean confirms(String question) throws IOException {
    return answer(question + " [y/N] ").strip().toLowerCase(Locale.ROOT).matches("y|yes");
  }

  /** Waits for Enter. */
  void awaitEnter(String request) throws IOException {
    answer(request + ": ");
  }

  /** Reads without a buffer, which would swallow the next line. */
  private String answer(String text) throws IOException {
    out.print(text);
    out.flush();
    StringBuilder line = new StringBuilder();
    int read = System.in.read();
    while (read >= 0 && read != '\n') {
      line.append((char) read);
      read = System.in.read();
    }
    return line.toString();
  }
}
