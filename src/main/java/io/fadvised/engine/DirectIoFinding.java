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
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The result of examining a device's direct I/O, and of switching it on. A device is examined once
 * for each attachment, and again after its shape or its flag has changed.
 *
 * @param shape of the device when it was examined; empty before
 * @param on whether direct I/O was on
 * @param words for people; empty if there is nothing to report
 */
public record DirectIoFinding(Optional<Shape> shape, boolean on, String words) {
  public static final DirectIoFinding NONE = new DirectIoFinding(Optional.empty(), false, "");

  /** The kernel writes dirty pages before it switches; a slow disk writes 64 MiB in a second. */
  private static final long MAX_UNWRITTEN_BYTES = 64L << 20;

  /** The properties of a device that decide whether direct I/O is available. */
  public record Shape(BackingPath path, long offsetBytes, int logicalBlockBytes) {
    static Shape of(LoopDevice device) {
      return new Shape(device.backingPath(), device.offsetBytes(), device.logicalBlockBytes());
    }
  }

  /** Returns the words; empty if the flag was changed since. */
  String wordsFor(LoopDevice device) {
    return device.hasDirectIo() == on ? words : "";
  }

  /**
   * Returns whether direct I/O was off when the device was read, and this finding switched it on.
   */
  boolean isSwitchedOn(LoopDevice device) {
    return on && !device.hasDirectIo();
  }

  /**
   * Examines the device unless that was done before, and switches direct I/O on if that is wanted
   * and safe.
   *
   * @param switches whether it may be switched on
   */
  DirectIoFinding next(
      LoopDirectIo directIo,
      LoopDevice device,
      BackingFile backing,
      Residency residency,
      DirectIoMode mode,
      boolean switches) {
    if (mode == DirectIoMode.IGNORE) {
      return NONE;
    }
    Shape now = Shape.of(device);
    if (shape.equals(Optional.of(now))) {
      if (device.hasDirectIo() == on) {
        return this;
      }
      if (on) {
        return new DirectIoFinding(
            shape, false, "direct I/O was switched off outside fadvised and stays off");
      }
    }
    Diagnosis diagnosis =
        directIo.diagnose(device, backing, OptionalLong.of(residency.residentBytes()));
    boolean wanted = mode == DirectIoMode.ENABLE && switches && !device.hasDirectIo();
    if (!wanted || device.directIo().isEmpty()) {
      return new DirectIoFinding(Optional.of(now), device.hasDirectIo(), report(diagnosis));
    }
    if (diagnosis.cause() != Cause.SWITCHED_OFF) { // some kernels would accept it all the same
      String instead = diagnosis.cause().isHealthy() ? "" : "; evicted instead";
      return new DirectIoFinding(Optional.of(now), false, diagnosis.words() + instead);
    }
    if (residency.dirtyBytes().orElse(0) > MAX_UNWRITTEN_BYTES) {
      return new DirectIoFinding(
          Optional.empty(),
          false,
          "direct I/O is switched on once less than 64 MiB of the backing file is dirty");
    }
    return switchOn(directIo, device, backing);
  }

  private static DirectIoFinding switchOn(
      LoopDirectIo directIo, LoopDevice device, BackingFile backing) {
    Optional<Shape> shape = Optional.of(Shape.of(device));
    try {
      directIo.set(device, backing, true);
      return new DirectIoFinding(shape, true, "direct I/O switched on by fadvised");
    } catch (KernelException e) {
      return new DirectIoFinding(
          shape, false, "direct I/O rejected: " + e.getMessage() + "; evicted instead");
    } catch (UnreachableException e) {
      return NONE; // the next scan finds the present attachment
    }
  }

  private static String report(Diagnosis diagnosis) {
    return switch (diagnosis.cause()) {
      case DIRECT, KERNEL, BLOCK_DEVICE, IN_MEMORY, COMPRESSED ->
          ""; // reported elsewhere, or not to be changed
      case SWITCHED_OFF -> "direct I/O is available: " + diagnosis.commands().get(0);
      case SECTOR_SIZE -> "direct I/O needs larger sectors: run \"fadvised doctor\"";
      case DIRECT_BUT_CACHED, CONTENTS, OFFSET, ALIGNMENT, READS_ONLY, FILESYSTEM, ARC, UNSEEN ->
          diagnosis.words();
    };
  }
}
