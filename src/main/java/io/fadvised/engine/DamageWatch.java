package io.fadvised.engine;

import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import io.fadvised.loop.IoCounters;
import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.PageSample;
import io.fadvised.pagecache.Returned;
import io.fadvised.policy.Bytes;
import io.fadvised.policy.Conditions;
import io.fadvised.policy.EvictionPlan;
import io.fadvised.policy.Harm;
import io.fadvised.policy.Returns;
import io.fadvised.policy.Standing;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/** What became of one device's evictions, and how it stands with us for that. */
final class DamageWatch {
  private static final int LEAST_LOOKS = 4;

  private final PageSample sample;
  private Standing standing;
  private Returns returns = Returns.NOTHING;
  private String harm = "";
  private long outBytes;
  private long rememberedSinceNanos;
  private int looksRemembered;
  private int emptyTrials;

  DamageWatch(long seed, long nowNanos) {
    sample = new PageSample(seed);
    standing = Standing.at(nowNanos);
    rememberedSinceNanos = nowNanos;
  }

  Standing standing() {
    return standing;
  }

  /** What had come back at the last look. */
  Returns returns() {
    return returns;
  }

  /**
   * Looks what has come back, and judges it.
   *
   * @param io what the device has done since the last look
   * @param counted whether the kernel counts that; if not, what came back by writing cannot be told
   *     from what came back by reading, and nothing is held against an eviction
   */
  void look(
      Kernel kernel,
      OpenFile file,
      IoCounters io,
      boolean counted,
      Conditions conditions,
      long nowNanos)
      throws KernelException {
    forgetWhatTheKernelWould(conditions.turnover(), nowNanos);
    returns = returnsOf(sample.look(kernel, file), io);
    if (returns.isMostlyReadAgain()) { // pages written again and again repeat, too
      sample.rememberReturns();
    }
    boolean harmed =
        counted && Harm.isDone(returns, conditions.pressed(), conditions.ioStallShare());
    if (harmed) {
      harm =
          Bytes.text(returns.readAgainBytes())
              + " of what was evicted was read again, of "
              + Bytes.text(returns.readBytes())
              + " read";
    }
    if (isTrial() && outBytes + returns.bytes() == 0) {
      emptyTrials++; // there was nothing to try it on: another part then
      return;
    }
    Standing next = standing.after(harmed, conditions.pressed(), nowNanos);
    if ((next.phase() == Standing.Phase.TRIAL) != isTrial()) {
      forget(nowNanos); // what is evicted from now on is something else
    }
    standing = next;
  }

  /** Which part a trial takes: the same at all looks of one trial, another one at the next. */
  int trialPhase() {
    int drawn = new SplittableRandom(standing.sinceNanos()).nextInt(EvictionPlan.TRIAL_DIVISOR);
    return (drawn + emptyTrials) % EvictionPlan.TRIAL_DIVISOR;
  }

  /** Takes note of what is going to be advised. */
  void beforeEviction(Kernel kernel, OpenFile file, List<ByteRange> parts) throws KernelException {
    sample.beforeEviction(kernel, file, parts);
  }

  /** Takes note of what has left. */
  void afterEviction(Kernel kernel, OpenFile file, long releasedBytes) throws KernelException {
    sample.afterEviction(kernel, file, releasedBytes);
    outBytes += releasedBytes;
  }

  /** What was evicted and has not come back. */
  long outBytes() {
    return outBytes;
  }

  /** Why it is backed off from or stood down, for people. */
  String words(long nowNanos) {
    if (standing.phase() != Standing.Phase.STOOD_DOWN) {
      return harm + "; left for this time";
    }
    long rested = Math.max(0, nowNanos - standing.sinceNanos());
    long minutes = Duration.ofNanos(standing.rest().toNanos() - rested).plusSeconds(59).toMinutes();
    return harm + "; tried again in " + Math.max(1, minutes) + " min";
  }

  /**
   * What the kernel itself would have dropped by now is no harm if it comes back. But some looks
   * are always remembered: pages in frequent use are on the active list, which turns over more
   * slowly.
   */
  private void forgetWhatTheKernelWould(Duration turnover, long nowNanos) {
    looksRemembered++;
    if (looksRemembered > LEAST_LOOKS && nowNanos - rememberedSinceNanos > turnover.toNanos()) {
      sample.forgetReturns();
      rememberedSinceNanos = nowNanos;
      looksRemembered = 0;
    }
  }

  /** A part of the device's pages sees that part of its I/O. */
  private Returns returnsOf(Returned seen, IoCounters io) {
    long bytes = Math.min(outBytes, seen.bytes());
    outBytes -= bytes;
    long share = isTrial() ? EvictionPlan.TRIAL_DIVISOR : 1;
    return new Returns(
        bytes,
        seen.errorBytes(),
        seen.repeatedPages(),
        seen.expectedRepeats(),
        io.readBytes() / share,
        io.writtenBytes() / share);
  }

  private boolean isTrial() {
    return standing.phase() == Standing.Phase.TRIAL;
  }

  private void forget(long nowNanos) {
    sample.clear();
    outBytes = 0;
    emptyTrials = 0;
    rememberedSinceNanos = nowNanos;
  }
}
