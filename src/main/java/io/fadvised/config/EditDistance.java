package io.fadvised.config;

/** Counts the insertions, deletions, replacements and swaps of neighbours between two texts. */
public final class EditDistance {
  private EditDistance() {}

  public static int between(String a, String b) {
    int[][] distance = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        distance[i][j] = i == 0 || j == 0 ? i + j : cheapest(distance, a, i, b, j);
      }
    }
    return distance[a.length()][b.length()];
  }

  private static int cheapest(int[][] distance, String a, int i, String b, int j) {
    boolean same = a.charAt(i - 1) == b.charAt(j - 1);
    int best = distance[i - 1][j - 1] + (same ? 0 : 1);
    best = Math.min(best, distance[i - 1][j] + 1);
    best = Math.min(best, distance[i][j - 1] + 1);
    return isSwap(a, i, b, j) ? Math.min(best, distance[i - 2][j - 2] + 1) : best;
  }

  private static boolean isSwap(String a, int i, String b, int j) {
    return i > 1
        && j > 1
        && a.charAt(i - 1) == b.charAt(j - 2)
        && a.charAt(i - 2) == b.charAt(j - 1);
  }
}
