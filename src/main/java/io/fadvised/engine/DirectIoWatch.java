package io.fadvised.engine;

import io.fadvised.config.DirectIoMode;
import io.fadvised.directio.Cause;
import io.fadvised.directio.Diagnosis;
import io.fadvised.directio.LoopDirectIo;
import io.fadvised.linux.KernelException;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.BackingPath;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.UnreachableException;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.Bytes;
import io.fadvised.policy.DirectIoTrial;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Whether one device could do direct I/O, and what came of switching it on. That is tried once for
 * each attachment, and again after the device has changed.
 */
final class DirectIoWatch {
  /** How far it has come. */
  private enum Phase {
    /** Not looked into. */
    NEW,
    /** Nothing more will be done. */
    SETTLED,
    /** Switched on by us, and not yet proven. */
    ON_TRIAL,
    /** Switched on by us, and proven. */
    HOLDS
  }

  /** What of a device decides whether it can do direct I/O. */
  private record Shape(BackingPath path, long offsetBytes, int logicalBlockBytes) {
    static Shape of(LoopDevice device) {
      return new Shape(device.backingPath(), device.offsetBytes(), device.logicalBlockBytes());
    }
  }

  /** A slow disk writes it in a second. */
  private static final long MOST_UNWRITTEN_BYTES = 64L << 20;

  private Phase phase = Phase.NEW;
  private Optional<Shape> shape = Optional.empty();
  private DirectIoTrial trial = DirectIoTrial.BEGUN;
  private boolean justSwitchedOn;
  private String words = "";

  /** Whether direct I/O is on in what {@link #words} say. */
  private boolean wordsOfOn;

  /** The same as it is now, for another owner. */
  DirectIoWatch copy() {
    DirectIoWatch copy = new DirectIoWatch();
    copy.phase = phase;
    copy.shape = shape;
    copy.trial = trial;
    copy.justSwitchedOn = justSwitchedOn;
    copy.words = words;
    copy.wordsOfOn = wordsOfOn;
    return copy;
  }

  /** What a look at the device has shown. */
  record Seen(LoopDevice device, BackingFile backing, Residency residency) {
    /** The kernel writes it before it switches, and the engine waits for that. */
    boolean isMuchUnwritten() {
      return residency.dirtyBytes().orElse(0) > MOST_UNWRITTEN_BYTES;
    }
  }

  /** For people; empty if there is nothing to say, or nothing that is still true. */
  String words(LoopDevice device) {
    return device.saysDirectIo() == wordsOfOn ? words : "";
  }

  /** Whether it was switched on in this sweep: what is still cached is of no use to anyone. */
  boolean isJustSwitchedOn() {
    return justSwitchedOn;
  }

  /** Whether more I/O has to be seen before it is known to hold. */
  boolean isOnTrial() {
    return phase == Phase.ON_TRIAL;
  }

  /** Whether direct I/O is on because of us. */
  boolean isOurs() {
    return phase == Phase.ON_TRIAL || phase == Phase.HOLDS;
  }

  /** New settings: looked into again, unless it is already as they want it. */
  void apply() {
    if (phase == Phase.SETTLED) {
      phase = Phase.NEW;
    }
  }

  /**
   * Does what is to be done about it after a look.
   *
   * @param mode what the operator wants
   * @param mayAct whether anything may be switched
   * @param ioBytes what the device has read and written since the last look
   * @param grownBytes how much more is cached than after the last look
   */
  void look(
      LoopDirectIo directIo,
      Seen seen,
      DirectIoMode mode,
      boolean mayAct,
      long ioBytes,
      long grownBytes) {
    justSwitchedOn = false;
    Shape now = Shape.of(seen.device);
    if (!shape.equals(Optional.of(now))) {
      phase = isOurs() && seen.device.saysDirectIo() ? phase : Phase.NEW;
      shape = Optional.of(now);
    }
    if (mode == DirectIoMode.IGNORE) {
      phase = isOurs() ? phase : Phase.NEW;
      words = isOurs() ? words : "";
      return;
    }
    switch (phase) {
      case NEW -> begin(directIo, seen, mode == DirectIoMode.ENABLE && mayAct);
      case ON_TRIAL -> goOn(directIo, seen, mayAct, ioBytes, grownBytes);
      case HOLDS -> requireOn(seen.device);
      case SETTLED -> {
        if (seen.device.saysDirectIo() != wordsOfOn) { // somebody has switched it
          settle(told(diagnose(directIo, seen)), seen.device.saysDirectIo());
        }
      }
    }
  }

  private void begin(LoopDirectIo directIo, Seen seen, boolean switches) {
    Diagnosis diagnosis = diagnose(directIo, seen);
    if (!switches || seen.device.directIo().isEmpty() || seen.device.saysDirectIo()) {
      settle(told(diagnosis), seen.device.saysDirectIo());
      return;
    }
    if (diagnosis.cause() == Cause.FILESYSTEM) { // the kernel would accept, and cache all the same
      settle(diagnosis.words() + "; evicted instead", false);
      return;
    }
    if (seen.isMuchUnwritten()) {
      say(
          "direct I/O will be switched on once less of the backing file waits to be written",
          false);
      return;
    }
    try {
      directIo.set(seen.device, seen.backing, true);
      phase = Phase.ON_TRIAL;
      trial = DirectIoTrial.BEGUN;
      justSwitchedOn = true;
      say("direct I/O switched on by fadvised; it is being watched whether it holds", true);
    } catch (KernelException e) {
      settle(
          "direct I/O was refused: "
              + e.getMessage()
              + (diagnosis.cause() == Cause.SWITCHED_OFF ? "" : "; " + diagnosis.words())
              + "; evicted instead",
          false);
    } catch (UnreachableException e) {
      phase = Phase.NEW; // the next scan finds what is attached now
    }
  }

  private static Diagnosis diagnose(LoopDirectIo directIo, Seen seen) {
    OptionalLong resident = OptionalLong.of(seen.residency.residentBytes());
    return directIo.diagnose(seen.device, seen.backing, resident);
  }

  private static String told(Diagnosis diagnosis) {
    return switch (diagnosis.cause()) {
      case DIRECT, KERNEL, BLOCK_DEVICE, IN_MEMORY -> ""; // seen without words, or nobody's fault
      case SWITCHED_OFF -> "direct I/O can be had: " + diagnosis.commands().get(0);
      case SECTOR_SIZE ->
          "direct I/O needs larger sectors: \"fadvised doctor\" says whether that can be had";
      case DIRECT_BUT_CACHED, CONTENTS, OFFSET, FILESYSTEM, UNSEEN -> diagnosis.words();
    };
  }

  private void goOn(
      LoopDirectIo directIo, Seen seen, boolean mayAct, long ioBytes, long grownBytes) {
    if (!requireOn(seen.device)) {
      return;
    }
    trial = trial.after(ioBytes, grownBytes);
    switch (trial.verdict()) {
      case OPEN -> {}
      case HOLDS -> {
        phase = Phase.HOLDS;
        say(
            "direct I/O switched on by fadvised, and it holds: of "
                + Bytes.text(trial.ioBytes())
                + " of I/O "
                + Bytes.text(trial.grownBytes())
                + " were cached below",
            true);
      }
      case DOES_NOT_HOLD -> {
        if (mayAct) {
          switchOffAgain(directIo, seen);
        }
      }
    }
  }

  private void switchOffAgain(LoopDirectIo directIo, Seen seen) {
    String finding =
        "direct I/O was switched on and did not hold, "
            + Bytes.text(trial.grownBytes())
            + " were cached below all the same: ";
    try {
      directIo.set(seen.device, seen.backing, false);
      settle(finding + "off again, evicted instead", false);
    } catch (KernelException e) {
      settle(finding + "left on (" + e.getMessage() + "), evicted all the same", true);
    } catch (UnreachableException e) {
      phase = Phase.NEW;
    }
  }

  private boolean requireOn(LoopDevice device) {
    if (!device.saysDirectIo()) {
      settle("direct I/O was switched on by fadvised, and off by someone else: left so", false);
    }
    return device.saysDirectIo();
  }

  private void settle(String finding, boolean isOn) {
    phase = Phase.SETTLED;
    say(finding, isOn);
  }

  private void say(String finding, boolean isOn) {
    words = finding;
    wordsOfOn = isOn;
  }
}
