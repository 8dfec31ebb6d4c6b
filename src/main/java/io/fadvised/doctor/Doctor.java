package io.fadvised.doctor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.directio.Attachment;
import io.fadvised.directio.AttachmentReader;
import io.fadvised.directio.Cause;
import io.fadvised.directio.Contents;
import io.fadvised.directio.ContentsReader;
import io.fadvised.directio.DeviceUsers;
import io.fadvised.directio.Diagnosis;
import io.fadvised.directio.DirectIoRule;
import io.fadvised.directio.HostSetup;
import io.fadvised.directio.OpenerReader;
import io.fadvised.directio.Storage;
import io.fadvised.directio.StorageReader;
import io.fadvised.engine.ContainerWatch;
import io.fadvised.engine.DeviceRange;
import io.fadvised.engine.Host;
import io.fadvised.engine.Patience;
import io.fadvised.engine.Patience.NotRespondingException;
import io.fadvised.linux.DirectIo;
import io.fadvised.linux.KernelException;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.LoopScan;
import io.fadvised.loop.MountTable;
import io.fadvised.loop.RequestCounters;
import io.fadvised.loop.UnreachableException;
import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Measurement;
import io.fadvised.pagecache.MeasuringMemory;
import io.fadvised.pagecache.Residency;
import io.fadvised.pagecache.UnmeasurableException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/** Examines a host: polls its counters for some seconds, then measures each loop device. */
public final class Doctor {
  /** Time to measure a backing file without cachestat; all of 1 TiB would take 12 s. */
  private static final Duration MEASURING_TIME = Duration.ofMillis(500);

  private static final String HELD =
      "the kernel holds it: a filesystem after \"umount --lazy\", a journal, or a driver";

  private static final Duration STEP = Duration.ofSeconds(1);

  /** Receives the time since the start of watching. */
  @FunctionalInterface
  public interface Progress {
    void watched(Duration soFar);
  }

  private final Host host;
  private final DirectIo directIo;
  private final Path devices;
  private final Path procRoot;
  private final String searchPath;
  private final AttachmentReader attachments;
  private final OpenerReader openers;
  private final StorageReader storages;
  private final ContentsReader contents;
  private final OtherCacheReader others;

  /**
   * Creates a doctor for a host.
   *
   * @param host its loop devices, memory and system calls
   * @param devices the directory of device nodes
   * @param sysRoot where sysfs is mounted
   * @param procRoot where procfs is mounted
   * @param searchPath PATH of the shell that commands are for; empty if it is not known
   */
  public Doctor(
      Host host, DirectIo directIo, Path devices, Path sysRoot, Path procRoot, String searchPath) {
    this.host = host;
    this.directIo = directIo;
    this.devices = devices;
    this.searchPath = searchPath;
    this.procRoot = procRoot;
    MountTable mounts = new MountTable(procRoot, host.clock()::nanos);
    attachments = new AttachmentReader(sysRoot, procRoot, mounts);
    openers = new OpenerReader(procRoot, sysRoot, host.clock()::nanos);
    storages = new StorageReader(host.kernel(), directIo, sysRoot, mounts);
    contents = new ContentsReader(devices);
    others = new OtherCacheReader(procRoot, sysRoot, mounts);
  }

  /**
   * Examines the host.
   *
   * @param time how long to watch
   * @param wanted whether to examine a device, by name
   * @throws IOException if the loop devices cannot be listed
   * @throws InterruptedException if interrupted
   */
  public Findings examine(Duration time, Predicate<String> wanted, Progress progress)
      throws IOException, InterruptedException {
    Vitals before = Vitals.read(procRoot, host.pressure());
    ContainerWatch containers = ContainerWatch.start(host);
    long start = host.clock().nanos();
    watch(time, progress);
    Vitals after = Vitals.read(procRoot, host.pressure());
    containers.poll();
    Duration watched = Duration.ofNanos(host.clock().nanos() - start);
    LoopScan scan = host.scanner().scan(Map.of());
    List<DeviceFindings> devices = new ArrayList<>();
    Patience patience = new Patience(host.workers());
    HostUse use = new HostUse(scan.devices(), patience);
    for (LoopDevice device : scan.devices()) {
      if (wanted.test(device.name())) {
        Attachment attachment = use.withoutOthers(device);
        Examined examined = examine(attachment, before, after, watched, patience);
        devices.add(examined.complete(use, watched));
      }
    }
    List<String> problems =
        scan.problems().stream()
            .filter(one -> wanted.test(one.device()))
            .map(one -> one.device() + ": " + one.message())
            .toList();
    return new Findings(
        Vitals.text(procRoot.resolve("sys/kernel/osrelease")).map(String::strip).orElse("unknown"),
        watched,
        host.kernel().credentials().userId() == 0,
        Symptoms.between(before, after, watched, host.kernel().pageBytes(), containers.explained()),
        containers.shortages().stream().map(ContainerFindings::of).toList(),
        ReaderFindings.between(before, after, watched),
        devices,
        otherCaches(patience),
        problems);
  }

  /** Reads the processes and the files of the host once, for the first device with a cure. */
  private final class HostUse {
    private final List<LoopDevice> all;
    private final DeviceUsers withoutOpeners;
    private final Patience patience;
    private Optional<DeviceUsers> users = Optional.empty();
    private Optional<HostSetup> setup = Optional.empty();

    HostUse(List<LoopDevice> all, Patience patience) {
      this.all = all;
      withoutOpeners = DeviceUsers.withoutOpeners(all, "not read");
      this.patience = patience;
    }

    /** Reads how a device is used, apart from what only the whole host shows. */
    Attachment withoutOthers(LoopDevice device) {
      return attachments.read(device, withoutOpeners, HostSetup.NOT_READ);
    }

    Attachment of(LoopDevice device) throws InterruptedException {
      if (users.isEmpty() || setup.isEmpty()) {
        users = Optional.of(readUsers());
        setup = Optional.of(readSetup());
      }
      return attachments.read(device, users.get(), setup.get());
    }

    /** Adds the user of a device that nothing but the kernel shows. */
    Attachment withHolder(Attachment attachment) throws InterruptedException {
      LoopDevice device = attachment.device();
      byte[] node = devices.resolve(device.name()).toString().getBytes(ISO_8859_1);
      try {
        boolean held = patience.call(OptionalLong.empty(), () -> directIo.isHeld(node));
        return held ? attachment.withUse(HELD) : attachment;
      } catch (KernelException e) {
        return attachment; // the commands fail for the same reason
      } catch (NotRespondingException e) {
        return attachment.withUnseen("opening it hangs, so its other uses are not known");
      }
    }

    private DeviceUsers readUsers() throws InterruptedException {
      try {
        return patience.call(OptionalLong.empty(), () -> openers.read(all));
      } catch (NotRespondingException e) {
        return DeviceUsers.withoutOpeners(all, "programs that have it open cannot be read");
      }
    }

    private HostSetup readSetup() throws InterruptedException {
      try {
        return patience.call(OptionalLong.empty(), () -> HostSetup.read(procRoot, searchPath));
      } catch (NotRespondingException e) {
        return HostSetup.NOT_READ;
      }
    }
  }

  /**
   * The findings on a device, before its other uses are known.
   *
   * @param rule the source of the diagnosis; empty if it needs no rule
   */
  private record Examined(DeviceFindings found, Optional<DirectIoRule> rule) {
    /** Completes the commands and the advice. Without a cure there are none that depend on it. */
    DeviceFindings complete(HostUse use, Duration watched) throws InterruptedException {
      if (rule.isEmpty() || !found.diagnosis().cause().isCurable()) {
        return found;
      }
      Attachment attachment = use.of(found.attachment().device());
      Diagnosis diagnosis = rule.get().of(attachment).diagnose();
      if (diagnosis.changesSectors() && attachment.mounts().isEmpty()) {
        attachment = use.withHolder(attachment);
        diagnosis = rule.get().of(attachment).diagnose();
      }
      return new DeviceFindings(
          attachment,
          found.storage(),
          found.residency(),
          found.load(),
          found.diskLoad(),
          found.file(),
          found
              .load()
              .flatMap(now -> Expectation.of(now, found.diskLoad(), watched))
              .map(diagnosis::withAdvice)
              .orElse(diagnosis));
    }
  }

  private List<OtherCache> otherCaches(Patience patience) throws InterruptedException {
    try {
      return patience.call(OptionalLong.empty(), others::read);
    } catch (NotRespondingException e) {
      return List.of();
    }
  }

  private void watch(Duration time, Progress progress) throws InterruptedException {
    for (Duration soFar = Duration.ZERO; soFar.compareTo(time) < 0; ) {
      Duration left = time.minus(soFar);
      Duration step = left.compareTo(STEP) < 0 ? left : STEP;
      host.pause().pause(step);
      soFar = soFar.plus(step);
      progress.watched(soFar);
    }
  }

  private Examined examine(
      Attachment attachment, Vitals before, Vitals after, Duration watched, Patience patience)
      throws InterruptedException {
    LoopDevice device = attachment.device();
    try {
      return patience.call(
          host.opener().likelyFilesystem(device),
          () -> examine(attachment, before, after, watched));
    } catch (UnreachableException e) {
      return new Examined(
          unreachable(attachment, load(device.name(), before, after, watched), e),
          Optional.empty());
    } catch (NotRespondingException e) {
      return new Examined(
          unexamined(
              attachment, load(device.name(), before, after, watched), Cause.UNSEEN, e.reason()),
          Optional.empty());
    }
  }

  /** Calls into the filesystem of the backing file, so it may hang. */
  private Examined examine(Attachment attachment, Vitals before, Vitals after, Duration watched)
      throws UnreachableException, InterruptedException {
    LoopDevice device = attachment.device();
    try (BackingFile backing = host.opener().open(device)) {
      Storage storage = storages.read(device, backing);
      Optional<Residency> residency = residency(device, backing);
      DirectIoRule rule =
          rule(
              attachment,
              storage,
              residency.stream().mapToLong(Residency::residentBytes).findFirst());
      return new Examined(
          new DeviceFindings(
              attachment,
              Optional.of(storage),
              residency,
              load(device.name(), before, after, watched),
              storage.disk().flatMap(disk -> load(disk.name(), before, after, watched)),
              Optional.of(backing.stat().identity()),
              rule.diagnose()),
          Optional.of(rule));
    }
  }

  /** Verifies the contents only before commands that depend on them: that starts a program. */
  private DirectIoRule rule(Attachment attachment, Storage storage, OptionalLong resident)
      throws InterruptedException {
    LoopDevice device = attachment.device();
    Optional<Contents> found = contents.read(device);
    DirectIoRule rule = new DirectIoRule(attachment, storage, found, resident);
    Cause cause = rule.diagnose().cause();
    boolean isKnown = found.map(Contents::isRecognised).orElse(true);
    boolean isDecisive = cause == Cause.SECTOR_SIZE || (cause == Cause.CONTENTS && !isKnown);
    return found.isPresent() && isDecisive
        ? new DirectIoRule(attachment, storage, contents.verify(device, found.get()), resident)
        : rule;
  }

  private Optional<Residency> residency(LoopDevice device, BackingFile backing) {
    try {
      ByteRange range =
          DeviceRange.of(device, backing.stat().sizeBytes(), host.kernel().pageBytes());
      Measurement measurement =
          Measurement.of(
              host.kernel(),
              backing.file(),
              backing.stat(),
              range,
              new MeasuringMemory(0),
              MEASURING_TIME,
              host.clock()::processorNanos);
      return Optional.of(measurement.total());
    } catch (KernelException | UnmeasurableException e) {
      return Optional.empty();
    }
  }

  /** Returns the load of a device; empty if its I/O is not counted. */
  private Optional<DiskLoad> load(String name, Vitals before, Vitals after, Duration watched) {
    if (host.scanner().isUncounted(name)) {
      return Optional.empty();
    }
    RequestCounters first = before.disks().get(name);
    RequestCounters last = after.disks().get(name);
    return first == null || last == null
        ? Optional.empty()
        : DiskLoad.between(first, last, watched);
  }

  private static DeviceFindings unreachable(
      Attachment attachment, Optional<DiskLoad> load, UnreachableException e) {
    Cause cause =
        switch (e.kind()) {
          case BLOCK_DEVICE ->
              attachment.device().hasDirectIo() ? Cause.DIRECT : Cause.BLOCK_DEVICE;
          case IN_MEMORY -> Cause.IN_MEMORY;
          case DETACHED, DELETED, NOT_FOUND, NOT_PERMITTED -> Cause.UNSEEN;
        };
    return unexamined(attachment, load, cause, e.reason());
  }

  private static DeviceFindings unexamined(
      Attachment attachment, Optional<DiskLoad> load, Cause cause, String reason) {
    LoopDevice device = attachment.device();
    String state =
        device.directIo().isEmpty()
            ? "the kernel has no direct I/O for loop devices"
            : device.hasDirectIo() ? "direct I/O is on" : "direct I/O is off";
    return new DeviceFindings(
        attachment,
        Optional.empty(),
        Optional.empty(),
        load,
        Optional.empty(),
        Optional.empty(),
        new Diagnosis(
            cause,
            state + "; " + reason,
            false,
            cause == Cause.BLOCK_DEVICE && device.directIo().isPresent()
                ? List.of(
                    "if its sectors are not smaller than those of the block device, run \"losetup"
                        + " --direct-io=on "
                        + attachment.node()
                        + "\"")
                : List.of()));
  }
}
