package io.fadvised.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Cuts one input into several pieces, so that inputs kept as files stay readable. */
public final class Pieces {
  private static final String CUT = "\n--\n";

  private Pieces() {}

  /** Returns exactly {@code count} pieces, one char for each byte; missing pieces are empty. */
  public static List<String> of(byte[] input, int count) {
    List<String> pieces =
        new ArrayList<>(Arrays.asList(new String(input, ISO_8859_1).split(CUT, count)));
    while (pieces.size() < count) {
      pieces.add("");
    }
    return pieces;
  }

  public static byte[] bytes(String piece) {
    return piece.getBytes(ISO_8859_1);
  }
}
