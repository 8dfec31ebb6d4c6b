package io.fadvised;

import com.codahale.metrics.MetricRegistry;
import io.fadvised.config.EffectiveSettings;
import io.fadvised.config.InvalidSettingsException;
import io.fadvised.control.ControlSocket;
import io.fadvised.control.DaemonRunningException;
import io.fadvised.control.Orders;
import io.fadvised.engine.Clock;
import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineLoop;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.engine.Host;
import io.fadvised.engine.MessageIds;
import io.fadvised.engine.ReportLog;
import io.fadvised.linux.Credentials;
import io.fadvised.linux.Credentials.Capability;
import io.fadvised.linux.HostLock;
import io.fadvised.linux.Journal;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.LinuxKernel;
import io.fadvised.linux.ServiceNotifier;
import io.fadvised.linux.TimedKernel;
import io.fadvised.logging.Logging;
import io.fadvised.loop.LoopMountPoints;
import io.fadvised.loop.LoopWatcher;
import io.fadvised.loop.PinnedMounts;
import io.fadvised.metrics.Control;
import io.fadvised.metrics.DeviceBeans;
import io.fadvised.metrics.EngineMetrics;
import io.fadvised.metrics.JmxExport;
import io.fadvised.pressure.PressureWatcher;
import io.fadvised.prometheus.Exports;
import io.fadvised.prometheus.Exposition;
import io.fadvised.status.Instance;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.management.MBeanServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The daemon. The only place where its parts are constructed and connected. */
public final class Fadvised {
  private static final Logger log = LoggerFactory.getLogger(Fadvised.class);

  private final SettingsSource source;
  private final Engine engine;
  private final EngineLoop loop;
  private final LoopWatcher watcher;
  private final PressureWatcher pressureWatcher;
  private final Orders orders;
  private final JmxExport jmx;
  private final Exports exports;
  private final ServiceReports service;
  private final @Nullable Journal journal;
  private @Nullable HostLock lock;
  private @Nullable ControlSocket socket;
  private volatile EffectiveSettings settings;

  private Fadvised(SettingsSource source, EffectiveSettings settings, @Nullable Journal journal) {
    this.source = source;
    this.settings = settings;
    this.journal = journal;
    service =
        new ServiceReports(
            ServiceNotifier.of(System.getenv("NOTIFY_SOCKET")),
            new HeartbeatFile(System.getenv("FADVISED_HEARTBEAT_FILE")));
    MetricRegistry registry = new MetricRegistry();
    EngineMetrics metrics = new EngineMetrics(registry);
    Clock clock = Clock.system();
    Kernel kernel = new LinuxKernel();
    warnWithoutCapabilities(kernel.credentials());
    Host host = Host.ofThisMachine(new TimedKernel(kernel, metrics), clock);
    OldGarbage garbage = new OldGarbage(clock, OldGarbage.Heap.OF_THIS_PROCESS, log::warn);
    PinnedMountLog pinned =
        new PinnedMountLog(new PinnedMounts(Path.of("/proc")), clock, log::warn);
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    DeviceBeans devices = new DeviceBeans(beans, metrics::snapshot);
    Instant startedAt = clock.now();
    LoopMountPoints mountPoints = new LoopMountPoints(Path.of("/proc"), Path.of("/sys"));
    Exposition exposition =
        new Exposition(metrics, this::figures, mountPoints, Version.text(), startedAt);
    exports = new Exports(exposition, clock);
    engine =
        new Engine(
            host,
            settings.settings(),
            List.of(metrics, devices, exports, new ReportLog(journal), service, garbage, pinned));
    loop = new EngineLoop(engine);
    watcher = new LoopWatcher(loop::devicesChanged, loop::requestRescan, log::warn);
    pressureWatcher = PressureWatcher.of(Path.of("/proc"), new PressureListener());
    Instance instance =
        new Instance(
            ProcessHandle.current().pid(),
            Version.text(),
            startedAt.toString(),
            source.file().map(Path::toString));
    orders = new Orders(engine, loop, clock, instance, this::reload, exposition::text, journal);
    jmx =
        new JmxExport(
            beans,
            registry,
            devices,
            new Control(engine, orders, instance, this::settingLines, mountPoints));
  }

  /**
   * Constructs the daemon; starts nothing.
   *
   * @throws InvalidSettingsException with all problems of the configuration
   */
  public static Fadvised create(SettingsSource source) throws InvalidSettingsException {
    EffectiveSettings settings = source.load();
    boolean isJournal =
        Logging.start(settings.settings().logLevel(), System.getenv("JOURNAL_STREAM"));
    return new Fadvised(source, settings, isJournal ? new Journal(Journal.SOCKET) : null);
  }

  /**
   * Starts the daemon. May be called again after {@link #stop}.
   *
   * @throws IOException if another daemon runs on this host; nothing is started
   */
  public void start() throws IOException {
    lock = HostLock.take(Path.of("/dev"), Path.of("/proc"));
    lock.obstacle()
        .ifPresent(
            why ->
                log.warn(
                    "cannot lock /dev: {}; a second daemon on this host will not be detected",
                    why));
    socket = openSocket();
    service.starting();
    jmx.start();
    warnings(settings).forEach(log::warn);
    exports.apply(settings.settings().metrics()).forEach(log::warn);
    watcher.start();
    pressureWatcher.start();
    loop.start();
    log(
        MessageIds.STARTED,
        String.join(
            "",
            "started, ",
            source.file().map(file -> "configured by " + file).orElse("with default settings"),
            settings.settings().dryRun() ? ", dry run: nothing is evicted" : ""));
  }

  private void log(String messageId, String message) {
    boolean sent =
        journal != null
            && log.isInfoEnabled()
            && journal.info(messageId, message, Map.of("VERSION", Version.text()));
    if (!sent) {
      log.info("{}", message);
    }
  }

  /** Without its socket the daemon does its work, but no command reaches it. */
  private @Nullable ControlSocket openSocket() throws DaemonRunningException {
    try {
      return ControlSocket.open(System.getenv(), orders);
    } catch (DaemonRunningException e) {
      throw e;
    } catch (IOException | UnsupportedOperationException e) {
      log.warn("no control socket, so commands cannot reach this daemon: {}", e.getMessage());
      return null;
    }
  }

  /**
   * Stops the daemon.
   *
   * @param timeout maximum time to wait for a running sweep
   * @return whether the sweep ended in time
   */
  public boolean stop(Duration timeout) throws InterruptedException {
    service.stopping();
    watcher.stop();
    pressureWatcher.stop();
    boolean ended = loop.stop(timeout);
    exports.close();
    jmx.close();
    if (socket != null) {
      socket.close();
    }
    if (lock != null) {
      lock.close();
      lock = null;
    }
    log(MessageIds.STOPPED, ended ? "stopped" : "stopped; a system call is still hung");
    return ended;
  }

  private final class PressureListener implements PressureWatcher.Listener {
    @Override
    public void watching(boolean watched, String words) {
      engine.pressureWatched(watched, words);
      log.info("the engine is woken by {}", words);
    }

    @Override
    public void pressureRises() {
      loop.pressureRises();
    }
  }

  private static void warnWithoutCapabilities(Credentials credentials) {
    if (!credentials.has(Capability.CAP_DAC_READ_SEARCH)
        || !credentials.has(Capability.CAP_FOWNER)) {
      log.warn(
          "not root: only backing files of this user can be measured; the others require"
              + " CAP_DAC_READ_SEARCH and CAP_FOWNER");
    }
  }

  private static List<String> warnings(EffectiveSettings settings) {
    return SettingsSource.warnings(settings, Path.of("/proc"));
  }

  private EngineSnapshot figures() {
    return orders.status().join(); // never fails, and takes half a second at most
  }

  private List<String> settingLines() {
    return settings.render().lines().toList();
  }

  /**
   * Reads the configuration again and applies it.
   *
   * @return a sentence for the operator, with any warnings
   * @throws InvalidSettingsException if the configuration is invalid; the settings in force stay
   */
  public synchronized String reload() throws InvalidSettingsException {
    EffectiveSettings changed = source.loadAgain();
    Logging.setLevel(changed.settings().logLevel());
    settings = changed;
    loop.execute(() -> engine.apply(changed.settings()));
    List<String> warnings = new ArrayList<>(warnings(changed));
    warnings.addAll(exports.apply(changed.settings().metrics()));
    warnings.forEach(log::warn);
    return "configuration reloaded"
        + warnings.stream().map("; warning: "::concat).collect(Collectors.joining());
  }
}
