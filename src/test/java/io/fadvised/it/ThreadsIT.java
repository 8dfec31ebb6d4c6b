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
 * The whole daemon on the real kernel, with everybody against everybody: stops and starts, orders,
 * new settings, uevents, I/O, devices that come and go. {@code EngineScheduleTest} tries the order
 * of things; this is for what only real threads have.
 */
@Timeout(120)
@Requires(programs = {"losetup", "fincore"})
class ThreadsIT {
  private static final Duration LONG_ENOUGH = Duration.ofSeconds(20);

  /** A stop waits as long for a sweep, an order three times that. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final int DEVICES = 4;

  @RegisterExtension final Scratch scratch = new Scratch();

  private final List<LoopFixture> loops = new CopyOnWriteArrayList<>();
  private final List<Path> images = new ArrayList<>();
  private final ExecutorService actors = Executors.newCachedThreadPool();
  private final ConcurrentLinkedQueue<LogRecord> errors = new ConcurrentLinkedQueue<>();
  private final long end = System.nanoTime() + LONG_ENOUGH.toNanos();
  private volatile boolean over;
  private Path config;
  private Fadvised daemon;

  /** Something that is done again and again. */
  @FunctionalInterface
  private interface Act {
    void act() throws Exception;
  }

  @Test
  void everybodyAgainstEverybody() throws Exception {
    for (int number = 0; number < DEVICES; number++) {
      images.add(DataFiles.writeClean(scratch.file("image" + number), 8));
      loops.add(scratch.attach(images.get(number)));
    }
    config = scratch.file("fadvised.conf");
    configure();
    daemon = Fadvised.create(new SettingsSource(Optional.of(config), List.of()));
    scratch.later(() -> daemon.stop(PATIENCE));
    keepErrors();
    daemon.start();
    control().sweepNow();
    assertThat(daemon.stop(PATIENCE)).isTrue();
    awaitNoThreads();
    long sweepersBefore = sweepers();
    List<String> openBefore = openFiles(); // what is loaded once stays

    daemon.start();
    List<CompletableFuture<Void>> all =
        List.of(
            again(this::stopAndStart),
            again(this::order),
            again(this::order),
            again(this::reload),
            again(() -> attachAnew(0)),
            again(() -> attachAnew(1)),
            again(this::tellOfDevices),
            again(this::readAll));
    try {
      for (CompletableFuture<Void> one : all) {
        one.get(LONG_ENOUGH.plus(PATIENCE.multipliedBy(4)).toSeconds(), TimeUnit.SECONDS);
      }
    } finally {
      endActors();
    }

    assertThat(ManagementFactory.getThreadMXBean().findDeadlockedThreads()).isNull();
    loops.get(3).detach();
    control().resume();
    Recorder.await(PATIENCE, "the devices that there are", this::knowsTheDevices);
    assertThat(daemon.stop(PATIENCE)).isTrue();
    awaitNoThreads();
    assertThat(sweepers()).isLessThanOrEqualTo(sweepersBefore);
    assertThat(openFiles()).hasSameSizeAs(openBefore);
    assertThat(errors).extracting(LogRecord::getMessage).isEmpty();
  }

  private CompletableFuture<Void> again(Act act) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            while (!over && System.nanoTime() - end < 0) {
              act.act();
              Thread.sleep(ThreadLocalRandom.current().nextInt(50));
            }
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        },
        actors);
  }

  /** Not by an interruption: what is attached just now has to be known, to be detached. */
  private void endActors() throws InterruptedException {
    over = true;
    actors.shutdown();
    assertThat(actors.awaitTermination(PATIENCE.toSeconds() * 4, TimeUnit.SECONDS)).isTrue();
  }

  // -- who acts ----------------------------------------------------------------------------------

  private void stopAndStart() throws Exception {
    Thread.sleep(ThreadLocalRandom.current().nextInt(500));
    assertThat(daemon.stop(PATIENCE)).as("a stop ends").isTrue();
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
      assertThat(e).hasMessageMatching(".*(is stopped|is stopping|are paused).*");
    } catch (RuntimeException e) { // between a stop and a start nobody is there
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
            .formatted(scratch.folder(), milliseconds));
  }

  private void attachAnew(int number) {
    LoopFixture loop = loops.get(number);
    loop.detach();
    loops.set(number, scratch.attach(images.get(number)));
  }

  /** As udev does it, for devices that have not changed. */
  private void tellOfDevices() throws IOException {
    Files.writeString(Path.of("/sys/block", loops.get(2).name(), "uevent"), "change");
  }

  private void readAll() {
    images.forEach(DataFiles::read);
    DataFiles.read(loops.get(2).node());
  }

  // -- what is seen ------------------------------------------------------------------------------

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

  /** The one of the uevents looks every five seconds whether it is to end. */
  private static void awaitNoThreads() throws Exception {
    Recorder.await(
        PATIENCE,
        "all threads ended",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("fadvised-"))
                .filter(name -> !name.equals("fadvised-sweeper"))
                .findAny()
                .isEmpty());
  }

  /** One is kept for the next start. */
  private static long sweepers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("fadvised-sweeper"))
        .count();
  }

  private static List<String> openFiles() throws IOException {
    try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
      return links.map(ThreadsIT::target).sorted().toList();
    }
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "closed meanwhile";
    }
  }

  /** From now on; and it is quiet again afterwards. */
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
