package io.fadvised.policy;

/**
 * The decision to evict one device, or to leave it.
 *
 * @param evicts whether to evict
 * @param reason for either
 */
public record Decision(boolean evicts, Reason reason) {
  static Decision evict(String words) {
    return new Decision(true, new Reason(Reason.Code.OVER_ALLOWANCE, words));
  }

  public static Decision leave(Reason.Code code, String words) {
    return new Decision(false, new Reason(code, words));
  }
}
