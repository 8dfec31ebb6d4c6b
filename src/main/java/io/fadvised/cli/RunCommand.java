package io.fadvised.cli;

import io.fadvised.Fadvised;
import io.fadvised.SettingsSource;
import io.fadvised.config.InvalidSettingsException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fadvised run}: runs the daemon in the foreground. */
@Command(
    name = "run",
    description = {
      "Runs the daemon in the foreground and logs to standard error.",
      "SIGTERM and Ctrl-C stop it. SIGHUP reloads the configuration file; a file with problems is"
          + " rejected, and the settings in force stay."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  sudo fadvised run --dry-run", "  sudo fadvised run --config ./fadvised.conf"})
final class RunCommand implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(RunCommand.class);

  /** Longer than a sweep unless it is hung, shorter than the stop timeout of service managers. */
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

  private final World world;

  @Option(
      names = {"-n", "--dry-run"},
      description = "Decide and report, but evict nothing, whatever the configuration says.")
  private boolean dryRun;

  @Mixin private SettingsOptions options = new SettingsOptions();

  RunCommand(World world) {
    this.world = world;
  }

  @Override
  public Integer call() throws CommandFailedException, InterruptedException {
    CountDownLatch stopRequested = new CountDownLatch(1);
    Fadvised fadvised = create();
    Signals.handle("HUP", () -> reload(fadvised));
    Signals.handle("TERM", stopRequested::countDown);
    Signals.handle("INT", stopRequested::countDown);
    start(fadvised);
    stopRequested.await();
    fadvised.stop(STOP_TIMEOUT);
    return ExitCodes.DONE;
  }

  private Fadvised create() throws CommandFailedException {
    try {
      return Fadvised.create(new SettingsSource(options.file(world.configFiles()), sets()));
    } catch (InvalidSettingsException e) {
      throw CommandFailedException.of(e);
    }
  }

  /** Returns the given settings; the last one of a key counts. */
  private List<String> sets() {
    List<String> sets = new ArrayList<>(options.sets());
    if (dryRun) {
      sets.add("dry-run=true");
    }
    return sets;
  }

  private static void start(Fadvised fadvised) throws CommandFailedException {
    try {
      fadvised.start();
    } catch (IOException e) {
      throw CommandFailedException.rejected(String.valueOf(e.getMessage()));
    }
  }

  private static void reload(Fadvised fadvised) {
    try {
      log.info("SIGHUP: {}", fadvised.reload());
    } catch (InvalidSettingsException e) {
      e.problems().forEach(problem -> log.error("{}", problem));
      log.error("SIGHUP: new configuration rejected, keeping the settings in force");
    } catch (RuntimeException e) {
      log.error("SIGHUP: reload failed, keeping the settings in force", e);
    }
  }
}
