package io.fadvised.policy;

/**
 * What to do with one device now.
 *
 * @param evicts whether to evict
 * @param reason why, or why not
 */
public record Decision(boolean evicts, Reason reason) {
  static Decision evict(String words) {
    return new Decision(true, new Reason(Reason.Code.OVER_ALLOWANCE, words));
  }

  /** To leave it. */
  public static Decision leave(Reason.Code code, String words) {
    return new Decision(false, new Reason(code, words));
  }
}
