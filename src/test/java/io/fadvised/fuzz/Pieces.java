package io.fadvised.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Cuts one input into several, so that those that are kept as files can be read and written. */
public final class Pieces {
  private static final String CUT = "\n--\n";

  private Pieces() {}

  /** As many pieces as wanted, one char for each byte; those that are missing are empty. */
  public static List<String> of(byte[] input, int count) {
    List<String> pieces =
        new ArrayList<>(Arrays.asList(new String(input, ISO_8859_1).split(CUT, count)));
    while (pieces.size() < count) {
      pieces.add("");
    }
    return pieces;
  }

  /** The bytes of a piece. */
  public static byte[] bytes(String piece) {
    return piece.getBytes(ISO_8859_1);
  }
}
