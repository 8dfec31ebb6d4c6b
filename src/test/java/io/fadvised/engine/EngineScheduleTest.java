package io.fadvised.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.config.Settings;
import io.fadvised.loop.LoopDevice;
import io.fadvised.policy.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The engine's threads against each other, as architecture.md has them: its own, workers whose
 * calls are slow or hang, uevents, pressure, orders, devices that come and go, stops and starts. A
 * {@link Baton} interleaves them; a history that breaks a rule is told by its seed, and is the same
 * each time.
 */
class EngineScheduleTest {
  /** A few seconds; more by -Dfadvised.histories=20000. */
  private static final int HISTORIES = Integer.getInteger("fadvised.histories", 500);

  /** One filesystem each. */
  private static final int MANY = 24;

  /** Two seconds for each. */
  private static final Duration AS_MANY_HANG = Duration.ofSeconds(50);

  /** See {@link Quarantine}. */
  private static final int MOST_WAITING = 16;

  /** As long as the daemon waits for the engine at a stop. */
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

  private static final List<Settings> SETTINGS =
      List.of(settings(), settings("devices.exclude=[loop1]", "interval.min=200ms"));

  /** The parent of all the engine's loggers; kept, or it would be forgotten. */
  private static final Logger LOG = Logger.getLogger("io.fadvised.engine");

  @TempDir private Path proc;
  private final Log log = new Log();

  private static Settings settings(String... sets) {
    List<String> all = new ArrayList<>(List.of("budget.relaxed=4MiB", "budget.pressed=1MiB"));
    all.addAll(List.of(sets));
    return EngineFixture.settings(all.toArray(String[]::new));
  }

  @BeforeEach
  void prepare() throws IOException {
    Files.createDirectory(proc.resolve("self"));
    Files.writeString(proc.resolve("self/mountinfo"), ScheduledHost.mountInfo(MANY));
    LOG.addHandler(log);
    LOG.setUseParentHandlers(false);
  }

  @AfterEach
  void logAgain() {
    LOG.removeHandler(log);
    LOG.setUseParentHandlers(true);
  }

  @Test
  void noHistoryBreaksARule() throws Exception {
    for (long seed = 0; seed < HISTORIES; seed++) {
      try {
        new History(seed).run();
      } catch (Throwable e) {
        throw new AssertionError("the history of seed " + seed, e);
      }
    }
  }

  @Test
  void aSeedMakesTheSameHistoryTwice() throws Throwable {
    History one = new History(7);
    History other = new History(7);

    one.run();
    other.run();

    assertThat(one.heard).isNotEmpty().isEqualTo(other.heard);
  }

  /** Keeps what is logged. */
  private static final class Log extends Handler {
    private final List<LogRecord> records = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void publish(LogRecord record) {
      records.add(record);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  /** Everything that happens from one seed. */
  private final class History {
    private final SplittableRandom random;
    private final FakeClock clock = new FakeClock();
    private final Baton baton;
    private final ScheduledHost host;
    private final Engine engine;
    private final EngineLoop loop;
    private final int devices;
    private final List<Order> orders = new ArrayList<>();
    private final List<String> heard = new ArrayList<>();
    private final Set<SweepReport> sweeps = Collections.newSetFromMap(new IdentityHashMap<>());
    private List<Work<?>> underWayBefore = List.of();
    private int actors;
    private int failures;
    private Baton.Actor engineThread;

    /** Something submitted, and how often it was done. */
    private static final class Order {
      private CompletableFuture<?> result;
      private int times;
    }

    History(long seed) {
      random = new SplittableRandom(seed);
      boolean many = random.nextInt(16) == 0;
      devices = many ? MANY : 4;
      baton = new Baton(random, clock);
      host = new ScheduledHost(random, baton, clock, proc, MANY);
      engine = new Engine(host.asSeenByTheEngine(), SETTINGS.get(0), List.of(new Rules()));
      loop = new EngineLoop(engine, new Commands());
      for (int number = 0; number < devices; number++) {
        host.attach("loop" + number, number);
        if (many && random.nextInt(8) > 0) {
          host.hang(number);
        }
      }
      act("starter", this::startAndStop);
      act("operator", this::giveOrders);
      act("other operator", this::giveOrders);
      act("user", this::use);
      act("pressure", this::press);
      if (many) {
        act("nobody", () -> baton.pass(AS_MANY_HANG));
      } else {
        act("losetup", this::attachAndDetach);
        act("storage", this::hangAndAnswer);
      }
      baton.add("end", this::end);
    }

    private void act(String name, Runnable script) {
      actors++;
      baton.add(
          name,
          () -> {
            script.run();
            actors--;
          });
    }

    void run() throws Throwable {
      log.records.clear();
      baton.runAll();
      assertThat(host.kernel().openDescriptors()).as("left open").isZero();
      assertThat(host.underWay()).isEmpty();
      assertThat(log.records)
          .as("exceptions that were logged: those thrown on purpose, and no other")
          .hasSize(failures)
          .allMatch(record -> record.getThrown().getMessage().equals("on purpose"));
    }

    // -- who acts --------------------------------------------------------------------------------

    private void startAndStop() {
      for (int round = random.nextInt(5); round > 0; round--) {
        start();
        baton.pass(upTo(6_000));
        stop();
        baton.pass(upTo(1_000));
      }
      start();
    }

    private void start() {
      loop.start();
      engineThread = baton.awaitNewcomer();
    }

    private void stop() {
      baton.check(!engineThread.hasEnded(), "the loop ended by itself");
      if (!stopNow()) {
        baton.tellInterrupted(engineThread);
        baton.check(baton.waitFor(engineThread::hasEnded, STOP_PATIENCE), "a stop does not end");
        baton.check(stopNow(), "a stop that ended is not over");
      }
    }

    private boolean stopNow() {
      try {
        return loop.stop(Duration.ZERO);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private void giveOrders() {
      for (int count = random.nextInt(2, 8); count > 0; count--) {
        baton.pass(upTo(3_000));
        switch (random.nextInt(8)) {
          case 0 -> submit(() -> setPaused(true));
          case 1, 2 -> submit(() -> setPaused(false));
          case 3 -> submit(this::sweepAll);
          case 4 -> submit(engine::snapshot);
          case 5 -> loop.execute(() -> engine.apply(SETTINGS.get(random.nextInt(2))));
          case 6 -> loop.execute(engine::makeAllDue);
          default -> loop.execute(this::failOnPurpose);
        }
      }
    }

    private void submit(Callable<?> command) {
      Order order = new Order();
      orders.add(order);
      order.result =
          loop.submit(
              () -> {
                order.times++;
                return command.call();
              });
    }

    private boolean setPaused(boolean wanted) throws InterruptedException {
      engine.setPaused(wanted);
      engine.tick();
      return wanted;
    }

    private EngineSnapshot sweepAll() throws InterruptedException {
      engine.sweepAll();
      return engine.snapshot();
    }

    private void failOnPurpose() {
      failures++;
      throw new IllegalStateException("on purpose");
    }

    private void use() {
      for (int count = random.nextInt(5, 30); count > 0; count--) {
        baton.pass(upTo(1_000));
        host.use(anyDevice(), random.nextInt(8) << 20, random.nextInt(6) << 20);
      }
    }

    private void press() {
      for (int count = random.nextInt(5); count > 0; count--) {
        baton.pass(upTo(4_000));
        host.setAvailable(random.nextDouble());
        loop.pressureRises(upTo(100));
      }
    }

    private void attachAndDetach() {
      for (int count = random.nextInt(2, 12); count > 0; count--) {
        baton.pass(upTo(2_000));
        String device = anyDevice();
        switch (random.nextInt(4)) {
          case 0 -> host.detach(device);
          case 1 -> host.rename(device);
          case 2 -> host.attachToSame(device, anyDevice());
          default -> host.attach(device, random.nextInt(devices));
        }
        if (random.nextInt(10) > 0) { // uevents may get lost
          baton.step();
          loop.requestRescan();
        }
      }
    }

    private void hangAndAnswer() {
      for (int count = random.nextInt(6); count > 0; count--) {
        baton.pass(upTo(3_000));
        int filesystem = random.nextInt(devices);
        host.hang(filesystem);
        baton.pass(upTo(6_000));
        host.answer(filesystem);
      }
    }

    private String anyDevice() {
      return "loop" + random.nextInt(devices);
    }

    private Duration upTo(int millis) {
      return Duration.ofMillis(random.nextInt(millis));
    }

    // -- what has to be true ---------------------------------------------------------------------

    /** After all others: storage answers, and what the engine knows becomes what there is. */
    private void end() {
      baton.waitFor(() -> actors == 0);
      host.calmDown();
      submit(() -> setPaused(false));
      for (int second = 0; second < 60 && !knowsWhatThereIs(); second++) {
        baton.pass(Duration.ofSeconds(1));
      }
      baton.check(knowsWhatThereIs(), "not what there is: " + told(engine.snapshot()));
      stop();
      for (Order order : orders) {
        baton.check(order.result.isDone(), "an order was not answered");
        baton.check(order.times == (isRefused(order) ? 0 : 1), "done " + order.times + " times");
      }
      submit(engine::snapshot);
      baton.check(isRefused(orders.get(orders.size() - 1)), "an order to nobody is not refused");
    }

    private boolean isRefused(Order order) {
      return order
          .result
          .handle((done, failure) -> failure instanceof IllegalStateException)
          .getNow(false);
    }

    private boolean knowsWhatThereIs() {
      EngineSnapshot now = engine.snapshot();
      return now.quarantine().waiting() == 0
          && attachments(now.devices().stream().map(DeviceReport::device))
              .equals(attachments(host.attached().stream()))
          && now.devices().stream().noneMatch(device -> device.state() == DeviceState.QUARANTINED);
    }

    /** Of one that goes on, a scan need not see the name that its file has now. */
    private static Map<String, OptionalLong> attachments(Stream<LoopDevice> devices) {
      return devices.collect(Collectors.toMap(LoopDevice::name, LoopDevice::diskSequence));
    }

    private static List<String> told(EngineSnapshot now) {
      return now.devices().stream()
          .map(device -> device.device().backingPath() + ": " + device.reason())
          .toList();
    }

    /** At each tick. */
    private void checkRules(EngineSnapshot now) {
      long resident =
          now.devices().stream()
              .flatMap(device -> device.residency().stream())
              .mapToLong(residency -> residency.residentBytes())
              .sum();
      baton.check(now.residentBytes() == resident, "more or less resident than in all devices");
      baton.check(
          now.totals().sweeps() == sweeps.size(),
          now.totals().sweeps() + " sweeps counted, " + sweeps.size() + " told of");
      List<Work<?>> underWay = host.underWay();
      baton.check(underWay.size() <= now.quarantine().waiting(), "a sweep under way is forgotten");
      baton.check(neverAnswered(now) <= MOST_WAITING, "too many wait");
      boolean beganEarlier = underWay.equals(underWayBefore);
      underWayBefore = underWay;
      if (beganEarlier && random.nextInt(4) == 0) { // now and then, since it takes its time
        Set<Object> common = Reach.common(underWay, engine);
        baton.check(common.isEmpty(), "a worker's, and the engine's: " + common);
      }
    }

    private static long neverAnswered(EngineSnapshot now) {
      return now.devices().stream()
          .filter(device -> device.lastSweep().isEmpty())
          .filter(device -> device.reason().words().startsWith("no answer for"))
          .count();
    }

    /** Where the engine's thread waits. */
    private final class Commands extends LinkedBlockingQueue<Runnable> {
      @Override
      public Runnable poll(long timeout, TimeUnit unit) throws InterruptedException {
        if (!baton.isRunning(Thread.currentThread())) {
          baton.enter("engine");
        }
        baton.waitInterruptibly(() -> !isEmpty(), Duration.ofNanos(unit.toNanos(timeout)));
        return super.poll();
      }

      @Override
      public Runnable poll() {
        baton.step();
        return super.poll();
      }
    }

    /** Others act while the engine tells. */
    private final class Rules implements EngineListener {
      @Override
      public void appeared(DeviceReport device) {
        hear("appeared " + device.device().name());
      }

      @Override
      public void disappeared(String device) {
        hear("disappeared " + device);
      }

      @Override
      public void swept(SweepReport sweep) {
        baton.check(sweeps.add(sweep), "told twice of one sweep");
        baton.check(
            sweep.reason().code() != Reason.Code.FAILED
                || sweep.reason().words().startsWith("on purpose"),
            sweep.device() + " " + sweep.reason().words());
        hear("swept " + sweep.device() + ": " + sweep.reason().words());
      }

      @Override
      public void skipped(String device, Reason reason) {
        hear("skipped " + device);
      }

      @Override
      public void changed(DeviceReport device) {
        hear("changed " + device.device().name() + ": " + device.reason().words());
      }

      @Override
      public void hostProblem(String message) {
        hear(message);
      }

      @Override
      public void ticked(EngineSnapshot snapshot) {
        checkRules(snapshot);
        hear("ticked");
      }

      private void hear(String what) {
        heard.add(clock.now() + " " + what);
        baton.step();
        if (random.nextInt(200) == 0) {
          failOnPurpose();
        }
      }
    }
  }
}
