package io.fadvised.cli;

import io.fadvised.engine.TestHost;
import io.fadvised.linux.LinuxDirectIo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Makes a {@link World} of a {@link TestHost}, with a terminal of 80 columns. */
final class Worlds {
  private Worlds() {}

  static World of(TestHost host, Daemons daemons) {
    return new World(
        host.sys().root(),
        host.proc(),
        TestHost.DEV,
        host::host,
        LinuxDirectIo::new,
        daemons,
        new ConfigFiles(List.of(configFile(host))),
        Terminal.ofColumns(80),
        Map.of());
  }

  static void configure(TestHost host, String text) {
    try {
      Files.writeString(configFile(host), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path configFile(TestHost host) {
    return host.proc().resolveSibling("fadvised.conf");
  }
}
