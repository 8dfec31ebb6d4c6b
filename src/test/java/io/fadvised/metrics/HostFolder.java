package io.fadvised.metrics;

import io.fadvised.config.InvalidSettingsException;
import io.fadvised.config.SettingsLoader;
import io.fadvised.directio.FakeDirectIo;
import io.fadvised.engine.Clock;
import io.fadvised.engine.Engine;
import io.fadvised.engine.Host;
import io.fadvised.engine.WorkerThreads;
import io.fadvised.linux.FakeKernel;
import io.fadvised.linux.Kernel;
import io.fadvised.loop.BackingFileOpener;
import io.fadvised.loop.DiskStats;
import io.fadvised.loop.LoopScanner;
import io.fadvised.loop.MountTable;
import io.fadvised.pressure.PressureReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A folder that looks like a host, and an engine that works on it. */
final class HostFolder {
  private final Path sys;
  private final Path proc;

  HostFolder(Path folder) throws IOException {
    sys = Files.createDirectories(folder.resolve("sys"));
    proc = Files.createDirectories(folder.resolve("proc"));
    Files.createDirectories(sys.resolve("block"));
    write(proc.resolve("meminfo"), "MemTotal: 1000000 kB\nMemFree: 1 kB\nMemAvailable: 900000 kB");
    write(proc.resolve("vmstat"), "allocstall 0");
    write(proc.resolve("diskstats"), "");
  }

  void attach(String device, String backingFile) throws IOException {
    Path block = sys.resolve("block").resolve(device);
    write(block.resolve("loop/backing_file"), backingFile + "\n");
    write(block.resolve("loop/offset"), "0\n");
    write(block.resolve("loop/sizelimit"), "0\n");
    write(block.resolve("size"), "2048\n");
    write(block.resolve("ro"), "0\n");
    write(block.resolve("queue/logical_block_size"), "512\n");
  }

  Engine engine(String... sets) throws InvalidSettingsException {
    Kernel kernel = new FakeKernel();
    return new Engine(
        new Host(
            kernel,
            new LoopScanner(sys),
            new BackingFileOpener(
                kernel, sys, proc, new MountTable(proc, System::nanoTime), System::nanoTime),
            new DiskStats(proc),
            new FakeDirectIo(),
            new PressureReader(proc),
            new WorkerThreads(Path.of("/proc")),
            duration -> {},
            Clock.system()),
        SettingsLoader.load(Optional.empty(), List.of(sets)).settings(),
        List.of());
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
