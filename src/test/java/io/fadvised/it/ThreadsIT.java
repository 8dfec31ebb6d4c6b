package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.Fadvised;
import io.fadvised.SettingsSource;
import io.fadvised.metrics.ControlMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import javax.management.InstanceNotFoundException;
import javax.management.JMX;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Runs the whole daemon on the real kernel under concurrent stops and starts, JMX operations,
 * reloads, uevents, I/O, attachments and detachments. {@code EngineScheduleTest} tests orderings;
 * this test finds races that need real threads.
 */
@Timeout(120)
@Requires(programs = {"losetup", "fincore"})
class ThreadsIT {
  private static final Duration TIME = Duration.ofSeconds(20);

  /** A stop waits this long for a sweep, a JMX operation three times as long. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private static final int DEVICES = 4;

  /** The refusal of an order, to its caller and in the log. */
  private static final String REFUSED_ORDER = ".*(is stopped|is stopping|are paused).*";

  @RegisterExtension final Scratch scratch = new Scratch();

  private final List<LoopFixture> loops = new CopyOnWriteArrayList<>();
  private final List<Path> images = new ArrayList<>();
  private final ExecutorService actors = Executors.newCachedThreadPool();
  private final ConcurrentLinkedQueue<LogRecord> errors = new ConcurrentLinkedQueue<>();
  private final long end = System.nanoTime() + TIME.toNanos();
  private volatile boolean over;
  private Path config;
  private Fadvised daemon;

  @FunctionalInterface
  private interface Action {
    void action() throws Exception;
  }

  @Test
  void concurrentOperationsLeaveAConsistentDaemon() throws Exception {
    for (int number = 0; number < DEVICES; number++) {
      images.add(DataFiles.writeClean(scratch.file("image" + number), 8));
      loops.add(scratch.attach(images.get(number)));
    }
    config = scratch.file("fadvised.conf");
    configure();
    daemon = Fadvised.create(new SettingsSource(Optional.of(config), List.of()));
    scratch.later(() -> daemon.stop(TIMEOUT));
    keepErrors();
    daemon.start();
    control().sweepNow();
    assertThat(daemon.stop(TIMEOUT)).isTrue();
    awaitNoThreads();
    long sweepersBefore = sweepers();
    List<String> openBefore = openFiles(); // files of the first run stay open

    daemon.start();
    List<CompletableFuture<Void>> all =
        List.of(
            again(this::stopAndStart),
            again(this::order),
            again(this::order),
            again(this::reload),
            again(() -> attachAnew(0)),
            again(() -> attachAnew(1)),
            again(this::triggerUevent),
            again(this::readAll));
    try {
      for (CompletableFuture<Void> one : all) {
        one.get(TIME.plus(TIMEOUT.multipliedBy(4)).toSeconds(), TimeUnit.SECONDS);
      }
    } finally {
      endActors();
    }

    assertThat(ManagementFactory.getThreadMXBean().findDeadlockedThreads()).isNull();
    loops.get(3).detach();
    control().resume();
    Recorder.await(TIMEOUT, "the devices that there are", this::knowsTheDevices);
    assertThat(daemon.stop(TIMEOUT)).isTrue();
    awaitNoThreads();
    assertThat(sweepers()).isLessThanOrEqualTo(sweepersBefore);
    Recorder.await(TIMEOUT, "no file is left open", () -> openFiles().size() <= openBefore.size());
    assertThat(errors)
        .extracting(LogRecord::getMessage)
        .allSatisfy(error -> assertThat(error).matches(REFUSED_ORDER));
  }

  private CompletableFuture<Void> again(Action action) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            while (!over && System.nanoTime() - end < 0) {
              action.action();
              Thread.sleep(ThreadLocalRandom.current().nextInt(50));
            }
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        },
        actors);
  }

  /** Does not interrupt, because a device attached meanwhile must be known to be detached. */
  private void endActors() throws InterruptedException {
    over = true;
    actors.shutdown();
    assertThat(actors.awaitTermination(TIMEOUT.toSeconds() * 4, TimeUnit.SECONDS)).isTrue();
  }

  // -- actors ------------------------------------------------------------------------------------

  private void stopAndStart() throws Exception {
    Thread.sleep(ThreadLocalRandom.current().nextInt(500));
    assertThat(daemon.stop(TIMEOUT)).as("a stop ends").isTrue();
    daemon.start();
  }

  private void order() throws Exception {
    ControlMXBean control = control();
    try {
      switch (ThreadLocalRandom.current().nextInt(5)) {
        case 0 -> control.pause();
        case 1 -> control.resume();
        case 2 -> control.sweepNow();
        case 3 -> control.status();
        default -> control.getDevices();
      }
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageMatching(REFUSED_ORDER);
    } catch (RuntimeException e) { // the daemon is not running between stop and start
      assertThat(e).hasRootCauseInstanceOf(InstanceNotFoundException.class);
    }
  }

  private void reload() throws Exception {
    configure();
    daemon.reload();
  }

  private void configure() throws IOException {
    int milliseconds = ThreadLocalRandom.current().nextInt(100, 500);
    Files.writeString(
        config,
        """
        fadvised.devices.include = ["%s/**"]
        fadvised.budget.relaxed = 0
        fadvised.budget.pressed = 0
        fadvised.interval.min = %d ms
        """
            .formatted(scratch.directory(), milliseconds));
  }

  private void attachAnew(int number) {
    LoopFixture loop = loops.get(number);
    loop.detach();
    loops.set(number, scratch.attach(images.get(number)));
  }

  /** Triggers a uevent of an unchanged device, like udev. */
  private void triggerUevent() throws IOException {
    Files.writeString(Path.of("/sys/block", loops.get(2).name(), "uevent"), "change");
  }

  private void readAll() {
    images.forEach(DataFiles::read);
    DataFiles.read(loops.get(2).node());
  }

  // -- observers ---------------------------------------------------------------------------------

  private static ControlMXBean control() throws Exception {
    return JMX.newMXBeanProxy(
        ManagementFactory.getPlatformMBeanServer(),
        new ObjectName(ControlMXBean.NAME),
        ControlMXBean.class);
  }

  private boolean knowsTheDevices() throws Exception {
    List<String> managed =
        Stream.of(control().getDevices())
            .filter(line -> !line.contains(": excluded,"))
            .map(line -> line.substring(0, line.indexOf(':')))
            .sorted()
            .toList();
    return managed.equals(loops.stream().limit(3).map(LoopFixture::name).sorted().toList());
  }

  /** The uevent thread checks every five seconds whether to end. */
  private static void awaitNoThreads() throws Exception {
    Recorder.await(
        TIMEOUT,
        "all threads ended",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("fadvised-"))
                .filter(name -> !name.equals("fadvised-sweeper"))
                .findAny()
                .isEmpty());
  }

  /** Counts sweep threads; one is kept for the next start. */
  private static long sweepers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("fadvised-sweeper"))
        .count();
  }

  private static List<String> openFiles() throws IOException {
    try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
      return links
          .map(ThreadsIT::target)
          .filter(target -> !target.startsWith("/sys/fs/cgroup/")) // the JVM reads its limits
          .toList();
    }
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "closed meanwhile";
    }
  }

  /** Records error log lines until the end of the test. */
  private void keepErrors() {
    Logger ours = Logger.getLogger("io.fadvised");
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            if (record.getLevel().intValue() >= Level.WARNING.intValue()) {
              errors.add(record);
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    ours.addHandler(handler);
    scratch.later(() -> ours.removeHandler(handler));
  }
}
