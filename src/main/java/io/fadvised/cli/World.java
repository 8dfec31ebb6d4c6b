package io.fadvised.cli;

import io.fadvised.control.ControlClient;
import io.fadvised.engine.Clock;
import io.fadvised.engine.Host;
import io.fadvised.linux.DirectIo;
import io.fadvised.linux.LinuxDirectIo;
import io.fadvised.linux.LinuxKernel;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The environment of the commands. Tests use fixture directories and fakes.
 *
 * @param root the root directory
 * @param sysRoot where sysfs is mounted
 * @param procRoot where procfs is mounted
 * @param devices the directory of device nodes
 * @param host the engine's view of the host; created only for commands that make system calls
 * @param directIo the kernel's direct I/O interface; created only for commands that need it
 * @param daemon the daemon of this host
 * @param configFiles locates the configuration file
 * @param terminal the terminal on standard output
 * @param environment the environment variables
 */
record World(
    Path root,
    Path sysRoot,
    Path procRoot,
    Path devices,
    Supplier<Host> host,
    Supplier<DirectIo> directIo,
    Daemon daemon,
    ConfigFiles configFiles,
    Terminal terminal,
    Map<String, String> environment) {

  /** The value of PATH. */
  String searchPath() {
    return environment.getOrDefault("PATH", "");
  }

  static World ofThisMachine() {
    return new World(
        Path.of("/"),
        Path.of("/sys"),
        Path.of("/proc"),
        Path.of("/dev"),
        () -> Host.ofThisMachine(new LinuxKernel(), Clock.system()),
        LinuxDirectIo::new,
        ControlClient.of(System.getenv())::ask,
        ConfigFiles.ofThisMachine(),
        Terminal.ofThisProcess(System.getenv()),
        System.getenv());
  }
}
