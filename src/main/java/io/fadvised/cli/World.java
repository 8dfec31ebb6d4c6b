package io.fadvised.cli;

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
 * @param sysRoot where sysfs is mounted
 * @param procRoot where procfs is mounted
 * @param devices the directory of device nodes
 * @param host the engine's view of the host; created only for commands that make system calls
 * @param directIo the kernel's direct I/O interface; created only for commands that need it
 * @param configFiles locates the configuration file
 * @param terminal the terminal on standard output
 * @param environment the environment variables
 */
record World(
    Path sysRoot,
    Path procRoot,
    Path devices,
    Supplier<Host> host,
    Supplier<DirectIo> directIo,
    Daemons daemons,
    ConfigFiles configFiles,
    Terminal terminal,
    Map<String, String> environment) {

  static World ofThisMachine() {
    Path procRoot = Path.of("/proc");
    Path pidFile =
        Path.of(System.getenv().getOrDefault("FADVISED_PID_FILE", "/run/fadvised/fadvised.pid"));
    return new World(
        Path.of("/sys"),
        procRoot,
        Path.of("/dev"),
        () -> Host.ofThisMachine(new LinuxKernel(), Clock.system()),
        LinuxDirectIo::new,
        new AttachedDaemons(pidFile, System.getenv("FADVISED_PID_FILE") != null, procRoot),
        ConfigFiles.ofThisMachine(),
        Terminal.ofThisProcess(System.getenv()),
        System.getenv());
  }
}
