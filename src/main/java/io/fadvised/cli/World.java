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
 * What the commands need of the world; a test's is made of folders and fakes.
 *
 * @param sysRoot where sysfs is mounted
 * @param procRoot where procfs is mounted
 * @param devices the folder of device nodes
 * @param host the host as the engine sees it; made only for commands that make system calls
 * @param directIo what the kernel says about direct I/O; made likewise
 * @param daemons the fadvised that may be running
 * @param configFiles where the configuration file lies unless it is named
 * @param terminal where the output goes
 * @param environment the process's environment
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

  /** The real one. */
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
