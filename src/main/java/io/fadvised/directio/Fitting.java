package io.fadvised.directio;

import io.fadvised.linux.DirectIo;
import io.fadvised.linux.Errno;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.LoopScanner;
import io.fadvised.loop.Printable;
import io.fadvised.loop.UnreachableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * Gives a device that nobody uses the sectors that direct I/O requires, and switches direct I/O on.
 *
 * <p>Mounts, swap, mkfs and drivers hold the device while they use it. LOOP_SET_BLOCK_SIZE fails
 * while somebody holds it, and who wants to hold it meanwhile waits (7e49538288e5); an open with
 * O_EXCL would make these fail instead. Kernels without that check are left alone. Other programs
 * are searched before and after the change, and the change is taken back if there is one. The
 * contents are read before and after, from the backing file: opening the device would count as I/O.
 *
 * <p>One race cannot be seen: mkfs asks for the sector size a few milliseconds before it holds the
 * device. So a blank device has to be without I/O for some time first, and {@link #check} reads
 * later what was made on it.
 */
final class Fitting {
  /** An md superblock is at most this far from the end. */
  private static final int TAIL_BYTES = 128 << 10;

  /** Reading all processes takes 0.14 s and more on a busy host, so a twentieth of the time. */
  private static final int SCAN_REST_FACTOR = 19;

  private final HostDirectIo host;
  private final Kernel kernel;
  private final DirectIo directIo;
  private final Path sysRoot;
  private final Path procRoot;
  private final LongSupplier nanoClock;
  private volatile Optional<Boolean> checksHolders = Optional.empty();
  private volatile OptionalLong nextScanNanos = OptionalLong.empty();

  Fitting(
      HostDirectIo host,
      Kernel kernel,
      DirectIo directIo,
      Path sysRoot,
      Path procRoot,
      LongSupplier nanoClock) {
    this.host = host;
    this.kernel = kernel;
    this.directIo = directIo;
    this.sysRoot = sysRoot;
    this.procRoot = procRoot;
    this.nanoClock = nanoClock;
  }

  /** See {@link LoopDirectIo#fit}. */
  Fit fit(LoopDevice device, BackingFile backing, boolean idle, boolean changes)
      throws KernelException, UnreachableException {
    Contents contents = contents(device, backing);
    Storage storage = host.storage(device, backing);
    Attachment attachment = host.attachment(device, DeviceUsers.NOT_READ);
    Diagnosis plan =
        new DirectIoRule(attachment, storage, Optional.of(contents), OptionalLong.empty())
            .diagnose();
    OptionalInt needed = storage.neededBytes();
    if (plan.cause() == Cause.CONTENTS && !contents.isRecognised()) { // maybe mkfs is writing them
      return later(device, needed.orElseThrow(), contents.obstacleTo(needed.getAsInt()).get());
    }
    if (plan.cause() != Cause.SECTOR_SIZE
        || device.readOnly()
        || needed.orElseThrow() > kernel.pageBytes()) {
      return never(device, plan.words());
    }
    boolean isBlank = contents.equals(Contents.BLANK);
    if (isBlank && scansPartitions(device)) {
      return never(
          device, plan.words() + "; attached for partitions, whose table counts in sectors");
    }
    int sectorBytes = needed.getAsInt();
    if (isBlank && !(idle && countsRequests(device))) {
      return later(device, sectorBytes, "it is blank, and has to be without I/O for 5 s first");
    }
    Optional<String> obstacle = useOf(attachment).or(() -> obstacle(device));
    if (obstacle.isPresent()) {
      return later(device, sectorBytes, obstacle.get());
    }
    String change = device.logicalBlockBytes() + " to " + sectorBytes + " bytes";
    if (!changes) {
      return new Fit(
          Fit.State.POSSIBLE,
          device.logicalBlockBytes(),
          "dry run, would set its sectors from " + change + " and switch direct I/O on");
    }
    try {
      if (!checksHolders(device)) {
        return never(
            device,
            plan.words() + "; this kernel would change the sectors of a mounted device too");
      }
      change(device, backing, sectorBytes);
    } catch (KernelException e) {
      if (isBusy(e)) {
        return later(device, sectorBytes, "it is in use");
      }
      throw e;
    }
    Optional<String> late = contents(device, backing).obstacleTo(sectorBytes).or(() -> use(device));
    if (late.isPresent() && isSetBack(device, backing, device.logicalBlockBytes())) {
      return later(device, sectorBytes, late.get());
    }
    return new Fit(
        Fit.State.DONE,
        sectorBytes,
        "sectors set from " + change + " and direct I/O switched on by fadvised");
  }

  /** See {@link LoopDirectIo#check}. */
  Fit check(LoopDevice device, BackingFile backing) throws KernelException, UnreachableException {
    int sectorBytes = device.logicalBlockBytes();
    Contents contents = contents(device, backing);
    if (contents.equals(Contents.BLANK) || !contents.isRecognised()) {
      return new Fit(Fit.State.LATER, sectorBytes, "");
    }
    boolean isMadeForOthers =
        contents.maxSectorBytes() > 0
            && contents.maxSectorBytes() < sectorBytes
            && !contents.isPartitionTable(); // in sectors of the size at that time
    if (!isMadeForOthers) {
      return new Fit(Fit.State.DONE, sectorBytes, "");
    }
    return isSetBack(device, backing, Storage.MIN_SECTOR_BYTES)
        ? new Fit(
            Fit.State.NEVER,
            Storage.MIN_SECTOR_BYTES,
            "sectors set back to "
                + Storage.MIN_SECTOR_BYTES
                + " bytes by fadvised: "
                + contents.obstacleTo(sectorBytes).orElseThrow())
        : new Fit(Fit.State.LATER, sectorBytes, "");
  }

  private static Fit never(LoopDevice device, String words) {
    return new Fit(Fit.State.NEVER, device.logicalBlockBytes(), words);
  }

  private static Fit later(LoopDevice device, int sectorBytes, String why) {
    return new Fit(
        Fit.State.LATER,
        device.logicalBlockBytes(),
        "direct I/O needs sectors of " + sectorBytes + " bytes, which are not set yet: " + why);
  }

  /** The obstacle that may pass; empty if there is none. */
  private Optional<String> obstacle(LoopDevice device) {
    long now = nanoClock.getAsLong();
    return nextScanNanos.isPresent() && now - nextScanNanos.getAsLong() < 0
        ? Optional.of("the programs that have it open are read later, to save processor time")
        : use(device);
  }

  private boolean scansPartitions(LoopDevice device) {
    return attribute(device, "loop/partscan").equals(Optional.of("1"));
  }

  private boolean countsRequests(LoopDevice device) {
    return attribute(device, "queue/iostats").equals(Optional.of("1"));
  }

  private Optional<String> attribute(LoopDevice device, String name) {
    return AttachmentReader.text(sysRoot.resolve("block").resolve(device.name()).resolve(name));
  }

  /** The use of the device that its holders do not show; empty if there is none. */
  private Optional<String> use(LoopDevice device) {
    long start = nanoClock.getAsLong();
    try {
      List<LoopDevice> devices = new LoopScanner(sysRoot).scan(Map.of()).devices();
      DeviceUsers users = new OpenerReader(procRoot, sysRoot, nanoClock).read(devices);
      Attachment found = host.attachment(device, users);
      return useOf(found).or(found::unseen).or(() -> twin(device, devices));
    } catch (IOException e) {
      return Optional.of("loop devices cannot be listed");
    } finally {
      long now = nanoClock.getAsLong();
      nextScanNanos = OptionalLong.of(now + SCAN_REST_FACTOR * (now - start));
    }
  }

  private static Optional<String> twin(LoopDevice device, List<LoopDevice> devices) {
    return devices.stream()
        .filter(other -> !other.name().equals(device.name()))
        .filter(other -> other.backingPath().equals(device.backingPath()))
        .map(other -> "its backing file is attached to " + other.name() + " too")
        .findFirst();
  }

  private static Optional<String> useOf(Attachment attachment) {
    return attachment.mounts().stream()
        .map(mount -> "mounted on " + Printable.of(mount.point()))
        .findFirst()
        .or(() -> attachment.uses().stream().findFirst());
  }

  /** Asks a free device, if there is one: nobody misses it while it is held. */
  private boolean checksHolders(LoopDevice device) throws KernelException {
    if (checksHolders.isEmpty()) {
      Optional<String> free = freeDevice();
      checksHolders =
          Optional.of(
              directIo.checksHolders(
                  host.node(free.orElse(device.name())),
                  free.isPresent() ? Storage.MIN_SECTOR_BYTES : device.logicalBlockBytes()));
    }
    return checksHolders.orElseThrow();
  }

  private Optional<String> freeDevice() {
    String[] names = sysRoot.resolve("block").toFile().list();
    return names == null
        ? Optional.empty()
        : Arrays.stream(names)
            .filter(name -> name.matches("loop[0-9]+"))
            .filter(name -> !Files.exists(sysRoot.resolve("block/" + name + "/loop")))
            .findFirst();
  }

  /** Sets the sectors and switches direct I/O on. */
  private void change(LoopDevice device, BackingFile backing, int sectorBytes)
      throws KernelException, UnreachableException {
    try (OpenFile opened = host.open(device, backing)) {
      directIo.setSectors(opened, sectorBytes);
      try {
        directIo.setDirectIo(opened, true);
      } catch (KernelException e) {
        setBack(opened, device);
        throw e;
      }
    }
  }

  /** If somebody holds the device by now, it keeps sectors that its contents take. */
  private void setBack(OpenFile opened, LoopDevice device) throws KernelException {
    try {
      directIo.setSectors(opened, device.logicalBlockBytes());
    } catch (KernelException e) {
      if (!isBusy(e)) {
        throw e;
      }
    }
  }

  /** Sets the sectors back, which ends direct I/O; false if somebody holds the device now. */
  private boolean isSetBack(LoopDevice device, BackingFile backing, int sectorBytes)
      throws KernelException, UnreachableException {
    try (OpenFile opened = host.open(device, backing)) {
      directIo.setSectors(opened, sectorBytes);
      return true;
    } catch (KernelException e) {
      if (isBusy(e)) {
        return false;
      }
      throw e;
    }
  }

  private static boolean isBusy(KernelException e) {
    return e.errno() == Errno.EBUSY || e.errno() == Errno.EAGAIN;
  }

  /**
   * Reads the contents from the backing file, which caches a few pages. Blank is only what has no
   * data at all: a hole, or space that was never written.
   */
  private Contents contents(LoopDevice device, BackingFile backing) throws KernelException {
    OpenFile file = backing.file();
    if (kernel.mayAskForData(file)) {
      OptionalLong data = kernel.nextData(file, device.offsetBytes());
      if (data.isEmpty() || data.getAsLong() - device.offsetBytes() >= device.sizeBytes()) {
        return Contents.BLANK;
      }
    }
    int tailBytes = (int) Math.min(TAIL_BYTES, device.sizeBytes());
    long size = device.sizeBytes();
    Contents found = new Superblocks(part(device, file, 0, Superblocks.HEAD_BYTES)).contents();
    boolean isOther =
        found.equals(Contents.BLANK)
            || Superblocks.isMdAtTheEnd(part(device, file, size - tailBytes, tailBytes), size);
    return isOther ? Contents.NOT_RECOGNISED : found;
  }

  /** Reads a part of the device; what is beyond the end of the file is zero. */
  private ByteBuffer part(LoopDevice device, OpenFile file, long offset, int length)
      throws KernelException {
    byte[] bytes = kernel.read(file, device.offsetBytes() + offset, length);
    return ByteBuffer.wrap(Arrays.copyOf(bytes, length));
  }
}
