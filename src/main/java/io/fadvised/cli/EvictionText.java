package io.fadvised.cli;

import io.fadvised.loop.Printable;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.Bytes;

/** Formats the result for a target as a sentence. */
final class EvictionText {
  private EvictionText() {}

  static String of(EvictionResult result) {
    String target = Printable.of(result.target());
    if (result.error().isPresent()) {
      return target + ": " + result.error().get();
    }
    Residency before = result.before().orElse(Residency.NONE);
    Residency after = result.after().orElse(Residency.NONE);
    if (before.residentBytes() == 0) {
      return target + ": nothing was resident";
    }
    return target + ": " + (result.dryRun() ? dryRun(before) : released(result, before, after));
  }

  private static String dryRun(Residency before) {
    long waiting = waitingBytes(before);
    return Bytes.text(before.residentBytes())
        + " resident, nothing evicted (dry run)"
        + (waiting == 0 ? "" : "; " + Bytes.text(waiting) + " of it dirty");
  }

  private static String released(EvictionResult result, Residency before, Residency after) {
    String released =
        "released "
            + Bytes.text(result.releasedBytes())
            + " of "
            + Bytes.text(before.residentBytes());
    return after.residentBytes() == 0 ? released : released + "; " + stayed(after);
  }

  private static String stayed(Residency after) {
    String stayed = Bytes.text(after.residentBytes()) + " stayed: ";
    if (after.dirtyBytes().isEmpty()) {
      return stayed + "dirty, mapped, in use or new";
    }
    long waiting = Math.min(waitingBytes(after), after.residentBytes());
    if (waiting == 0) {
      return stayed + "mapped, in use or new";
    }
    String rest = waiting == after.residentBytes() ? "" : ", the rest is mapped, in use or new";
    return stayed
        + Bytes.text(waiting)
        + " dirty"
        + rest
        + "; writing has started, evict again later";
  }

  /** Returns the bytes that are dirty or under writeback; 0 if the probe does not report them. */
  static long waitingBytes(Residency residency) {
    return residency.dirtyBytes().orElse(0) + residency.writebackBytes().orElse(0);
  }
}
