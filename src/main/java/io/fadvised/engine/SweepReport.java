package io.fadvised.engine;

import io.fadvised.linux.FileIdentity;
import io.fadvised.pagecache.Eviction;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.Decision;
import io.fadvised.policy.Reason;
import java.time.Duration;
import java.util.Optional;

/**
 * One sweep of one device.
 *
 * @param device the device's name
 * @param decision what was decided, and why
 * @param before what was resident; empty if it could not be measured
 * @param eviction what was seen to leave; empty if nothing was evicted
 * @param probe the system call that measured; empty if nothing was
 * @param foundBy how the backing file was reached; empty if it was not
 * @param file the backing file; empty likewise
 * @param elapsed how long the sweep took
 * @param measuring how much of that was not eviction
 * @param cost what it costs the devices that wait: without the rest after another's call of
 *     posix_fadvise(2), with the one after its own
 */
public record SweepReport(
    String device,
    Decision decision,
    Optional<Residency> before,
    Optional<Eviction> eviction,
    Optional<String> probe,
    Optional<String> foundBy,
    Optional<FileIdentity> file,
    Duration elapsed,
    Duration measuring,
    Duration cost) {

  /** What was resident at the end; empty if it could not be measured. */
  public Optional<Residency> after() {
    return eviction.map(Eviction::after).or(() -> before);
  }

  public Reason reason() {
    return decision.reason();
  }
}
