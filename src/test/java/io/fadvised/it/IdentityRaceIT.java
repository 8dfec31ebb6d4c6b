package io.fadvised.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.config.Settings;
import io.fadvised.engine.Engine;
import io.fadvised.linux.FileIdentity;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.LinuxKernel;
import io.fadvised.linux.OpenFile;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A device changes its backing file, and the files swap names, while an engine sweeps without
 * pause. A decoy that takes the names, but never backs a device, must not be advised; this check is
 * exact. The check of its residency is coarse: without fadvised, proactive reclaim (DAMON) took 6
 * to 15 MiB of 32 MiB in 30 s. It takes as much of the control, a file that keeps its name.
 */
@Requires(programs = {"mkfs.ext4", "mkfs.btrfs", "python3"})
@Timeout(60)
class IdentityRaceIT {
  private static final Duration MIN_TIME = Duration.ofSeconds(5);

  /** A device is swept four times a second, and only sometimes while the file has its name. */
  private static final Duration TIMEOUT = Duration.ofSeconds(25);

  @RegisterExtension final Scratch scratch = new Scratch();

  private final Kernel linux = new LinuxKernel();
  private final Map<FileIdentity, Integer> advised = new ConcurrentHashMap<>();

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "btrfs"})
  void onlyFilesOfTheDeviceAreEvicted(String filesystem) throws Exception {
    Path directory = scratch.filesystem(filesystem);
    Path first = DataFiles.writeClean(directory.resolve("first"), 16);
    Path second = DataFiles.writeClean(directory.resolve("second"), 16);
    Path decoy = DataFiles.writeClean(directory.resolve("decoy"), 32);
    Path control = DataFiles.writeClean(directory.resolve("control"), 32);
    FileIdentity decoyIdentity = identityOf(decoy);
    List<FileIdentity> ours = List.of(identityOf(first), identityOf(second));
    LoopFixture loop = scratch.reserve();
    AtomicBoolean stop = sweepWithoutPause(directory);

    long start = System.nanoTime();
    int rounds = 0;
    while (System.nanoTime() - start < (haveAllBeenAdvised(ours) ? MIN_TIME : TIMEOUT).toNanos()) {
      Path file = rounds % 2 == 0 ? first : second;
      Path aside = directory.resolve("aside");
      loop.attachAgain(file);
      DataFiles.read(file);
      Files.move(file, aside);
      Files.move(decoy, file);
      Thread.sleep(rounds % 7);
      Files.move(file, decoy);
      Files.move(aside, file);
      if (rounds % 3 == 0) {
        Thread.sleep(5);
      }
      loop.detach();
      loop.awaitDetached();
      rounds++;
    }
    stop.set(true);

    System.out.println(filesystem + ": " + rounds + " rounds, advised " + advised.values());
    assertThat(advised).as("advice by file").doesNotContainKey(decoyIdentity);
    assertThat(advised.keySet()).as("advice by file").containsExactlyInAnyOrderElementsOf(ours);
    assertThat(DataFiles.residentBytes(decoy))
        .as("one advice would have evicted all of it; it is not read again")
        .isGreaterThanOrEqualTo(DataFiles.residentBytes(control) / 2);
  }

  private boolean haveAllBeenAdvised(List<FileIdentity> files) {
    return advised.keySet().containsAll(files);
  }

  private AtomicBoolean sweepWithoutPause(Path directory) {
    Settings settings = RealHost.settings(directory, "budget.relaxed=0", "budget.pressed=0");
    Engine engine = new Engine(new RealHost(recordingKernel()).forEngine(), settings, List.of());
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Void> ended =
        CompletableFuture.runAsync(
            () -> {
              while (!stop.get()) {
                engine.requestRescan();
                engine.makeAllDue();
                try {
                  engine.tick();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              }
            });
    scratch.later(
        () -> {
          stop.set(true);
          ended.get();
        });
    return stop;
  }

  /** Returns the real kernel, and records the file of each advice. */
  private Kernel recordingKernel() {
    return (Kernel)
        Proxy.newProxyInstance(
            Kernel.class.getClassLoader(),
            new Class<?>[] {Kernel.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("adviseDontNeed")) {
                advised.merge(linux.stat((OpenFile) arguments[0]).identity(), 1, Integer::sum);
              }
              try {
                return method.invoke(linux, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private FileIdentity identityOf(Path file) throws Exception {
    try (OpenFile located = linux.locate(file.toString().getBytes(UTF_8))) {
      return linux.stat(located).identity();
    }
  }
}
