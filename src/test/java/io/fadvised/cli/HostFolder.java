package io.fadvised.cli;

import io.fadvised.directio.FakeDirectIo;
import io.fadvised.engine.Clock;
import io.fadvised.engine.Host;
import io.fadvised.engine.WorkerThreads;
import io.fadvised.linux.LinuxDirectIo;
import io.fadvised.linux.LinuxKernel;
import io.fadvised.loop.BackingFileOpener;
import io.fadvised.loop.DiskStats;
import io.fadvised.loop.LoopScanner;
import io.fadvised.loop.MountTable;
import io.fadvised.pressure.PressureReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A folder that looks like a host. Its loop devices have no nodes, so nothing can be evicted. */
final class HostFolder {
  final Path sys;
  final Path proc;
  final Path dev;
  final Path configFile;

  HostFolder(Path folder) throws IOException {
    sys = Files.createDirectories(folder.resolve("sys"));
    proc = Files.createDirectories(folder.resolve("proc"));
    dev = Files.createDirectories(folder.resolve("dev"));
    configFile = folder.resolve("fadvised.conf");
    Files.createDirectories(sys.resolve("block"));
    write(proc.resolve("meminfo"), "MemTotal: 1048576 kB\nMemFree: 1 kB\nMemAvailable: 900000 kB");
    write(proc.resolve("vmstat"), "allocstall 0");
    write(proc.resolve("diskstats"), "");
    write(proc.resolve("self/mountinfo"), "");
  }

  void attach(String device, String backingFile) throws IOException {
    Path block = sys.resolve("block").resolve(device);
    write(block.resolve("loop/backing_file"), backingFile + "\n");
    write(block.resolve("loop/offset"), "0\n");
    write(block.resolve("loop/sizelimit"), "0\n");
    write(block.resolve("loop/dio"), "0\n");
    write(block.resolve("size"), "2048\n");
    write(block.resolve("ro"), "0\n");
    write(block.resolve("queue/logical_block_size"), "512\n");
  }

  /** A line of mountinfo, and what sysfs says of its device number. */
  void mount(String majorMinor, String sysName, String mountPoint, String source)
      throws IOException {
    Path mountInfo = proc.resolve("self/mountinfo");
    String line =
        "30 1 %s / %s rw,relatime shared:1 - ext4 %s rw%n"
            .formatted(majorMinor, mountPoint, source);
    write(mountInfo, Files.readString(mountInfo) + line);
    Path numbers = Files.createDirectories(sys.resolve("dev/block"));
    Path link = numbers.resolve(majorMinor);
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, Path.of("../../devices/virtual/block/" + sysName));
  }

  LoopMounts mounts() {
    return new LoopMounts(sys, proc);
  }

  LoopScanner scanner() {
    return new LoopScanner(sys);
  }

  World world(Daemons daemons) {
    return new World(
        sys,
        proc,
        dev,
        this::host,
        LinuxDirectIo::new,
        daemons,
        new ConfigFiles(List.of(configFile)),
        Terminal.ofColumns(80),
        Map.of());
  }

  private Host host() {
    LinuxKernel kernel = new LinuxKernel();
    return new Host(
        kernel,
        scanner(),
        new BackingFileOpener(
            kernel, dev, proc, new MountTable(proc, System::nanoTime), System::nanoTime),
        new DiskStats(proc),
        new FakeDirectIo(),
        new PressureReader(proc),
        new WorkerThreads(Path.of("/proc")),
        duration -> {},
        Clock.system());
  }

  static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
