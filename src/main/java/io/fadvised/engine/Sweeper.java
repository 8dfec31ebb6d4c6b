package io.fadvised.engine;

import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.UnreachableException;
import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Eviction;
import io.fadvised.pagecache.Evictor;
import io.fadvised.pagecache.ProbeChooser;
import io.fadvised.pagecache.Residency;
import io.fadvised.pagecache.ResidencyMap;
import io.fadvised.pagecache.ResidencyProbe;
import io.fadvised.pagecache.UnmeasurableException;
import io.fadvised.policy.Bytes;
import io.fadvised.policy.Decision;
import io.fadvised.policy.Reason;
import io.fadvised.policy.SweepPolicy;
import io.fadvised.policy.SweepPolicy.Measured;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** Sweeps one device: open, measure, decide, evict, measure, close. Nothing stays open. */
final class Sweeper {
  /** For one device; what is left is evicted on its next sweep. */
  private static final Duration EVICTION_BUDGET = Duration.ofSeconds(1);

  private final Host host;
  private final ProbeChooser probes;
  private final Pacing pacing;
  private final Evictor evictor;

  Sweeper(Host host) {
    this.host = host;
    probes = new ProbeChooser(host.kernel());
    pacing = new Pacing(host);
    evictor =
        new Evictor(host.kernel(), host.pause(), host.clock()::nanos, pacing, EVICTION_BUDGET);
  }

  /**
   * Sweeps a device as it is now attached.
   *
   * @throws InterruptedException if the engine is being stopped
   */
  SweepReport sweep(ManagedDevice managed) throws InterruptedException {
    long start = host.clock().nanos();
    Findings findings = new Findings();
    try {
      findings.decision = sweep(managed, findings);
    } catch (UnreachableException e) {
      findings.forget(codeOf(e.kind()), e.reason());
    } catch (UnmeasurableException e) {
      findings.forget(Reason.Code.UNMEASURABLE, e.reason());
    } catch (AttachmentChangedException e) {
      findings.forget(Reason.Code.CHANGED, "detached or attached anew during the sweep");
    } catch (IOException | RuntimeException e) { // one bad device never ends a sweep of the others
      findings.forget(Reason.Code.FAILED, "failed, tried again later: " + wordsOf(e));
    }
    return findings.report(managed.device().name(), Duration.ofNanos(host.clock().nanos() - start));
  }

  /** What its calls of posix_fadvise(2) came to. */
  Pacing.Totals pacing() {
    return pacing.totals();
  }

  private static String wordsOf(Exception e) {
    return e instanceof IOException && e.getMessage() != null ? e.getMessage() : e.toString();
  }

  private Decision sweep(ManagedDevice managed, Findings findings)
      throws IOException,
          UnreachableException,
          UnmeasurableException,
          AttachmentChangedException,
          InterruptedException {
    LoopDevice device = managed.device();
    try (BackingFile backing = host.opener().open(device)) {
      findings.foundBy = Optional.of(backing.foundBy());
      ByteRange range =
          DeviceRange.of(device, backing.stat().sizeBytes(), host.kernel().pageBytes());
      ResidencyProbe probe = probes.choose(backing.file(), backing.stat(), range);
      ResidencyMap before = probe.measure(backing.file(), range);
      findings.probe = Optional.of(probe.name());
      findings.before = Optional.of(before.total());
      Decision decision = SweepPolicy.decide(measured(managed, before.total()));
      if (decision.evicts() && managed.policy().dryRun()) {
        decision = dryRun(decision);
      } else if (decision.evicts()) {
        findings.eviction = Optional.of(evictor.evict(backing.file(), before, probe, range));
        decision = withResult(decision, findings.eviction.get());
      }
      requireUnchanged(device, backing.stat().identity());
      return decision;
    }
  }

  private Measured measured(ManagedDevice managed, Residency before) {
    return new Measured(
        before.residentBytes(),
        managed.allowanceBytes(),
        managed.fillAt(before, host.clock().nanos()),
        managed.policy().interval().min(),
        managed.device().saysDirectIo());
  }

  /** What was measured is worth nothing if the device was attached to another file meanwhile. */
  private void requireUnchanged(LoopDevice device, FileIdentity identity)
      throws IOException, UnreachableException, AttachmentChangedException {
    boolean same =
        host.scanner().read(device.name()).filter(device::isSameAttachment).isPresent()
            && (device.diskSequence().isPresent() // which no other attachment has
                || host.opener().identityOf(device).equals(identity));
    if (!same) {
      throw new AttachmentChangedException();
    }
  }

  private static Decision dryRun(Decision decision) {
    return new Decision(
        false,
        new Reason(Reason.Code.DRY_RUN, "dry run, would evict: " + decision.reason().words()));
  }

  private static Decision withResult(Decision decision, Eviction eviction) {
    String stayed =
        eviction.after().residentBytes() == 0
            ? ""
            : ", "
                + Bytes.text(eviction.after().residentBytes())
                + " stayed ("
                + eviction.stayedText()
                + ")";
    return new Decision(
        true,
        new Reason(
            decision.reason().code(),
            decision.reason().words()
                + "; released "
                + Bytes.text(eviction.releasedBytes())
                + stayed));
  }

  private static Reason.Code codeOf(UnreachableException.Kind kind) {
    return switch (kind) {
      case DETACHED -> Reason.Code.CHANGED;
      case BLOCK_DEVICE -> Reason.Code.BLOCK_DEVICE;
      case IN_MEMORY -> Reason.Code.IN_MEMORY;
      case DELETED -> Reason.Code.DELETED;
      case NOT_FOUND -> Reason.Code.UNREACHABLE;
      case NOT_PERMITTED -> Reason.Code.NOT_PERMITTED;
    };
  }

  /** The attachment is no longer the one that was swept. */
  private static final class AttachmentChangedException extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /** What has been found so far. */
  private static final class Findings {
    private Decision decision =
        new Decision(false, new Reason(Reason.Code.FAILED, "the sweep did not come to an end"));
    private Optional<Residency> before = Optional.empty();
    private Optional<Eviction> eviction = Optional.empty();
    private Optional<String> probe = Optional.empty();
    private Optional<String> foundBy = Optional.empty();

    /** A sweep without a trustworthy result has none. */
    void forget(Reason.Code code, String words) {
      decision = new Decision(false, new Reason(code, words));
      before = Optional.empty();
      eviction = Optional.empty();
      probe = Optional.empty();
    }

    SweepReport report(String device, Duration elapsed) {
      return new SweepReport(device, decision, before, eviction, probe, foundBy, elapsed);
    }
  }
}
