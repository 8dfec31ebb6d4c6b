package io.fadvised.engine;

import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.FileNames;
import io.fadvised.loop.LoopDevice;
import io.fadvised.pagecache.Eviction;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.Backoff;
import io.fadvised.policy.Decision;
import io.fadvised.policy.FillRate;
import io.fadvised.policy.Reason;
import java.time.Duration;
import java.util.Optional;

/**
 * The result of one sweep of one device.
 *
 * @param device the device's name
 * @param attachment the device as read from sysfs after the sweep; empty if it is another one
 * @param names of the backing file known so far
 * @param decision with its reason
 * @param before residency before; empty if it could not be measured
 * @param eviction its result; empty if nothing was evicted
 * @param file the opened backing file; empty if it was not opened
 * @param fill how fast the device fills
 * @param backoff whether evictions are paused from now on
 * @param readBackBytes evicted earlier and read back since the last sweep; estimated
 * @param outBytes evicted and not read back
 * @param directIo the present finding on direct I/O
 * @param elapsed how long the sweep took
 * @param measuring time that mincore took
 */
public record SweepReport(
    String device,
    Optional<LoopDevice> attachment,
    FileNames names,
    Decision decision,
    Optional<Residency> before,
    Optional<Eviction> eviction,
    Optional<FileFound> file,
    FillRate fill,
    Backoff backoff,
    long readBackBytes,
    long outBytes,
    DirectIoFinding directIo,
    Duration elapsed,
    Duration measuring) {

  /**
   * A backing file that was opened.
   *
   * @param identity of the file
   * @param filesystem the number of its filesystem, see {@link BackingFile#filesystem}
   * @param foundBy the way it was reached, for people
   * @param probe the system call that measured it; empty if none did
   */
  public record FileFound(
      FileIdentity identity, long filesystem, String foundBy, Optional<String> probe) {
    FileFound measuredBy(String systemCall) {
      return new FileFound(identity, filesystem, foundBy, Optional.of(systemCall));
    }
  }

  /** Returns the residency at the end; empty if it could not be measured. */
  public Optional<Residency> after() {
    return eviction.map(Eviction::after).or(() -> before);
  }

  public Reason reason() {
    return decision.reason();
  }

  /** Returns whether the time slice ended before all was evicted. */
  public boolean isCutShort() {
    return eviction.map(Eviction::cutShort).orElse(false);
  }
}
