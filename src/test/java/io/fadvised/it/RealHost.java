package io.fadvised.it;

import io.fadvised.config.InvalidSettingsException;
import io.fadvised.config.Settings;
import io.fadvised.config.SettingsLoader;
import io.fadvised.engine.Clock;
import io.fadvised.engine.Host;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.LinuxKernel;
import io.fadvised.loop.BackingFiles;
import io.fadvised.loop.LoopDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The real host, with its /proc, /sys and /dev. */
final class RealHost {
  final BackingFiles opener;
  private final Host host;

  RealHost() {
    this(new LinuxKernel());
  }

  RealHost(Kernel kernel) {
    host = Host.ofThisMachine(kernel, Clock.system());
    opener = host.opener();
  }

  Host forEngine() {
    return host;
  }

  Kernel kernel() {
    return host.kernel();
  }

  LoopDevice device(LoopFixture loop) throws IOException {
    return host.scanner().read(loop.name()).orElseThrow();
  }

  /** Returns settings for the backing files in one directory only. */
  static Settings settings(Path directory, String... sets) {
    List<String> all = new ArrayList<>(List.of("devices.include=[\"%s/**\"]".formatted(directory)));
    all.addAll(Arrays.asList(sets));
    try {
      return SettingsLoader.load(Optional.empty(), all).settings();
    } catch (InvalidSettingsException e) {
      throw new AssertionError(e);
    }
  }
}
