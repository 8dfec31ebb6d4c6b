package io.fadvised.directio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.Printable;
import io.fadvised.loop.Processes;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Finds the users of block devices: {@link ForeignMounts}, open files of programs, and {@link
 * KernelExport}. Reading the link of an open file does not call its filesystem; only files below
 * /dev are examined further, since others may be on a hung filesystem. A device that is only
 * mapped, or whose node is outside /dev, is not noticed.
 */
public final class OpenerReader {
  /** 22,000 open files of 160 processes took 0.14 to 1.3 s on a busy host. */
  private static final Duration MAX_TIME = Duration.ofSeconds(5);

  /** PROC_PID_INIT_INO, include/linux/proc_ns.h. */
  private static final String HOST_PIDS = "pid:[4026531836]";

  private static final String PARTLY =
      "programs that have it open can only be seen by root, on the host itself";

  private static final String EXPORTS =
      "exports by LIO or nvmet cannot be seen: configfs is not mounted at /sys/kernel/config";

  private static final int BLOCK_DEVICE = 0060000;
  private static final int TYPE = 0170000;

  private final Path procRoot;
  private final Path sysRoot;
  private final LongSupplier nanoClock;
  private final Nodes nodes;

  /** Reads device nodes. */
  @FunctionalInterface
  interface Nodes {
    /** Returns st_rdev of a block device; empty for any other file. */
    OptionalLong numberOf(Path file) throws IOException;
  }

  /**
   * @param procRoot where procfs is mounted
   * @param sysRoot where sysfs is mounted
   * @param nanoClock such as {@link System#nanoTime}
   */
  public OpenerReader(Path procRoot, Path sysRoot, LongSupplier nanoClock) {
    this(procRoot, sysRoot, nanoClock, OpenerReader::numberOf);
  }

  OpenerReader(Path procRoot, Path sysRoot, LongSupplier nanoClock, Nodes nodes) {
    this.procRoot = procRoot;
    this.sysRoot = sysRoot;
    this.nanoClock = nanoClock;
    this.nodes = nodes;
  }

  /**
   * Reads all processes; stops after five seconds.
   *
   * @param devices all loop devices
   */
  public DeviceUsers read(Collection<LoopDevice> devices) {
    return new Scan().run(devices);
  }

  private static OptionalLong numberOf(Path file) throws IOException {
    Map<String, Object> attributes = Files.readAttributes(file, "unix:mode,rdev");
    boolean isBlockDevice =
        attributes.get("mode") instanceof Integer mode && (mode & TYPE) == BLOCK_DEVICE;
    return isBlockDevice && attributes.get("rdev") instanceof Long number
        ? OptionalLong.of(number)
        : OptionalLong.empty();
  }

  /** Names a process, such as "nginx (pid 812)". */
  static String words(Path process) {
    String name =
        AttachmentReader.text(process.resolve("comm")).map(Printable::ofBytes).orElse("a program");
    return name + " (pid " + process.getFileName() + ")";
  }

  private final class Scan {
    private final long start = nanoClock.getAsLong();
    private final Map<Long, Set<String>> users = new HashMap<>();
    private final List<KernelUse> files = new ArrayList<>();
    private Optional<String> unseen = isOnTheHost() ? Optional.empty() : Optional.of(PARTLY);

    DeviceUsers run(Collection<LoopDevice> devices) {
      addExports();
      String self = Processes.link(procRoot.resolve("self"));
      try {
        for (Path process : Processes.in(procRoot)) {
          if (!process.endsWith(self)) {
            addFilesOf(process);
          }
        }
      } catch (IOException e) {
        unseen = Optional.of(PARTLY);
      }
      ForeignMounts mounts = new ForeignMounts(procRoot);
      Map<String, Set<String>> mounted = mounts.find();
      files.addAll(mounts.files());
      return new DeviceUsers(users, mounted, files, unseen, devices);
    }

    /**
     * Returns whether this process is in the first pid namespace, and may read its first process.
     */
    private boolean isOnTheHost() {
      String namespace = Processes.link(procRoot.resolve("self/ns/pid"));
      return (namespace.isEmpty() || namespace.equals(HOST_PIDS))
          && Files.isReadable(procRoot.resolve("1/fd"));
    }

    private void addExports() {
      if (KernelExport.areHidden(sysRoot)) {
        unseen = Optional.of(EXPORTS);
      }
      for (KernelExport export : KernelExport.readAll(sysRoot)) {
        if (export.isOfDevice()) {
          addUse(export, "exported by " + export.exporter());
        } else {
          files.add(KernelUse.of(export));
        }
      }
    }

    private void addUse(KernelExport export, String words) {
      try {
        OptionalLong number =
            export.number().isPresent()
                ? export.number()
                : nodes.numberOf(Path.of(new String(export.path().getBytes(ISO_8859_1), UTF_8)));
        number.ifPresent(device -> addUse(device, words));
      } catch (IOException | InvalidPathException e) {
        // not a device of this host
      }
    }

    private void addUse(long device, String words) {
      users.computeIfAbsent(device, number -> new LinkedHashSet<>()).add(words);
    }

    private boolean isLate() {
      boolean late = nanoClock.getAsLong() - start > MAX_TIME.toNanos();
      if (late) {
        unseen = Optional.of("not all programs that may have it open could be read in 5 s");
      }
      return late;
    }

    private void addFilesOf(Path process) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
        for (Path file : files) {
          if (isLate()) {
            return;
          }
          addFile(process, file);
        }
      } catch (AccessDeniedException e) {
        unseen = Optional.of(PARTLY);
      } catch (IOException | DirectoryIteratorException e) {
        // the process has ended
      }
    }

    private void addFile(Path process, Path file) throws IOException {
      if (!Processes.link(file).startsWith("/dev/")) {
        return;
      }
      try {
        nodes.numberOf(file).ifPresent(device -> addUse(device, "open by " + words(process)));
      } catch (NoSuchFileException e) {
        // closed meanwhile
      }
    }
  }
}
