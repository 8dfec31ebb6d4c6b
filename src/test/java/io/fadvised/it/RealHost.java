package io.fadvised.it;

import io.fadvised.config.InvalidSettingsException;
import io.fadvised.config.Settings;
import io.fadvised.config.SettingsLoader;
import io.fadvised.engine.Clock;
import io.fadvised.engine.Host;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.LinuxKernel;
import io.fadvised.loop.BackingFileOpener;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.LoopScanner;
import io.fadvised.loop.MountTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The parts of fadvised, put together on /proc, /sys and /dev. */
final class RealHost {
  final LoopScanner scanner = new LoopScanner(Path.of("/sys"));
  final BackingFileOpener opener;
  private final Kernel kernel;

  RealHost() {
    this(new LinuxKernel());
  }

  RealHost(Kernel kernel) {
    this.kernel = kernel;
    opener =
        new BackingFileOpener(
            kernel,
            Path.of("/dev"),
            Path.of("/proc"),
            new MountTable(Path.of("/proc"), System::nanoTime),
            System::nanoTime);
  }

  /** What the engine works on. */
  Host forEngine() {
    return Host.ofThisMachine(kernel, Clock.system());
  }

  Kernel kernel() {
    return kernel;
  }

  LoopDevice device(LoopFixture loop) throws IOException {
    return scanner.read(loop.name()).orElseThrow();
  }

  /** Settings for the backing files below one folder, and for no other device of this host. */
  static Settings settings(Path folder, String... sets) {
    List<String> all = new ArrayList<>(List.of("devices.include=[\"%s/**\"]".formatted(folder)));
    all.addAll(Arrays.asList(sets));
    try {
      return SettingsLoader.load(Optional.empty(), all).settings();
    } catch (InvalidSettingsException e) {
      throw new AssertionError(e);
    }
  }
}
