package io.fadvised.cli;

import io.fadvised.engine.TestHost;
import io.fadvised.linux.LinuxDirectIo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes a {@link World} of a {@link TestHost}, with a terminal of 80 columns. */
final class Worlds {
  static final Daemon NO_DAEMON = request -> Optional.empty();

  private Worlds() {}

  static World of(TestHost host, Daemon daemon) {
    return new World(
        host.proc().getParent(),
        host.sys().root(),
        host.proc(),
        TestHost.DEV,
        host::host,
        LinuxDirectIo::new,
        daemon,
        new ConfigFiles(List.of(configFile(host))),
        new Terminal(() -> Optional.of("80"), false, false, false),
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
