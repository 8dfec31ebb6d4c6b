package io.fadvised.engine;

import io.fadvised.cgroup.CgroupTree;
import io.fadvised.cgroup.Cgroups;
import io.fadvised.directio.HostDirectIo;
import io.fadvised.directio.LoopDirectIo;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.LinuxDirectIo;
import io.fadvised.linux.MountChanges;
import io.fadvised.loop.BackingFileOpener;
import io.fadvised.loop.BackingFiles;
import io.fadvised.loop.DiskStats;
import io.fadvised.loop.LoopCounters;
import io.fadvised.loop.LoopDevices;
import io.fadvised.loop.LoopScanner;
import io.fadvised.loop.MountTable;
import io.fadvised.pagecache.Evictor;
import io.fadvised.pressure.PressureReader;
import io.fadvised.pressure.PressureSource;
import java.nio.file.Path;

/**
 * The host that the engine works on. In tests it consists of directories and a fake kernel, or
 * exists in memory only.
 *
 * @param kernel the system calls
 * @param scanner finds loop devices
 * @param opener opens their backing files
 * @param diskStats their I/O counters
 * @param directIo diagnoses direct I/O, and switches it
 * @param pressure the host's memory
 * @param cgroups those with a limit
 * @param workers run calls that may hang
 * @param pause lets time pass between calls
 * @param clock time
 */
public record Host(
    Kernel kernel,
    LoopDevices scanner,
    BackingFiles opener,
    LoopCounters diskStats,
    LoopDirectIo directIo,
    PressureSource pressure,
    Cgroups cgroups,
    Workers workers,
    Evictor.Pause pause,
    Clock clock) {

  /** Returns this machine, with its own /sys, /proc and /dev. */
  public static Host ofThisMachine(Kernel kernel, Clock clock) {
    Path proc = Path.of("/proc");
    Path sys = Path.of("/sys");
    Path dev = Path.of("/dev");
    MountTable mounts =
        new MountTable(proc, clock::nanos, new MountChanges(MountTable.fileBelow(proc)));
    return new Host(
        kernel,
        new LoopScanner(sys),
        new BackingFileOpener(kernel, dev, proc, mounts, clock::nanos),
        new DiskStats(proc),
        new HostDirectIo(kernel, new LinuxDirectIo(), dev, sys, proc, mounts, clock::nanos),
        new PressureReader(proc),
        new CgroupTree(proc, sys),
        new WorkerThreads(proc),
        duration -> Thread.sleep(duration.plusNanos(999_999).toMillis()), // at least as long
        clock);
  }
}
