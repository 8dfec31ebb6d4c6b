package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Writes and reads through loop devices that are stacked, share a file, have a partition, grow or
 * discard free blocks, while the packaged daemon evicts with a budget of 0. Compares every block
 * read with the data written, and checks each filesystem.
 */
@Requires(
    programs = {
      "mkfs.ext4",
      "fsck.ext4",
      "mkfs.xfs",
      "xfs_growfs",
      "xfs_repair",
      "addpart",
      "fstrim",
      "python3"
    })
@Timeout(300)
class IntegrityOfStacksIT {
  private static final Duration TIME = Duration.ofSeconds(6);
  private static final Duration TIMEOUT = Duration.ofSeconds(40);
  private static final long MIN_PUNCHED_BYTES = 256 * MIB;
  private static final int MAX_ROUNDS = 60;
  private static final int BLOCKS = 96;
  private static final int READ_MIB_PER_SECOND = 50;
  private static final int WRITTEN_MIB_PER_SECOND = 20;

  @RegisterExtension final Scratch scratch = new Scratch();

  private final List<Load> loads = new ArrayList<>();
  private final List<CompletableFuture<Void>> running = new ArrayList<>();
  private Path disk;
  private Path lower;
  private PackagedDaemon daemon;

  private void prepare(String type) throws Exception {
    disk = DataFiles.sparse(scratch.file("disk"), 900);
    lower = scratch.filesystem(type, disk);
    daemon = PackagedDaemon.withZeroBudget(scratch);
  }

  @Test
  void stackedDevicesKeepTheirData() throws Exception {
    prepare("xfs");
    LoopFixture middle = scratch.attach(image("ext4", lower.resolve("image"), 600));
    Path between = scratch.mount("between", middle.node());
    LoopFixture top = scratch.attach(image("ext4", between.resolve("image"), 300));
    Path upper = scratch.mount("upper", top.node());

    load(upper);
    Thread.sleep(TIME.toMillis());
    awaitReleasedRepeatedly(middle);
    awaitReleasedRepeatedly(top);

    endLoads();
    takeDown(upper, top.node());
    top.detach();
    takeDown(between, middle.node());
    middle.detach();
    scratch.unmount(lower);
    Commands.run("xfs_repair", "-n", disk);
  }

  @Test
  void devicesOverPartsOfOneFileKeepTheirData() throws Exception {
    prepare("ext4");
    Path image = DataFiles.sparse(lower.resolve("image"), 600);
    LoopFixture plain = scratch.attach(image, "--sizelimit=" + 250 * MIB);
    LoopFixture parted = scratch.attach(image, "--offset=" + 250 * MIB, "--partscan");
    Commands.run("addpart", parted.node(), 1, 2048, 250 * MIB / 512);
    Path partition = Path.of(parted.node() + "p1");
    Commands.run("mkfs.ext4", "-q", plain.node());
    Commands.run("mkfs.ext4", "-q", partition);
    Path first = scratch.mount("first", plain.node());
    Path second = scratch.mount("second", partition);

    load(first);
    load(second);
    Thread.sleep(TIME.toMillis());
    awaitReleasedRepeatedly(plain);
    awaitReleasedRepeatedly(parted);

    endLoads();
    takeDown(first, plain.node());
    takeDown(second, partition);
    plain.detach();
    parted.detach();
    scratch.unmount(lower);
    Commands.run("fsck.ext4", "-fn", disk);
  }

  @Test
  void growingDeviceWithDiscardKeepsItsData() throws Exception {
    prepare("xfs");
    Path image = image("xfs", lower.resolve("image"), 320);
    LoopFixture loop = scratch.attach(image);
    Path upper = scratch.mount("upper", loop.node());

    load(upper);
    long end = System.nanoTime() + TIME.toNanos();
    int rounds = 0;
    long punched = 0;
    while (System.nanoTime() - end < 0 || (punched <= MIN_PUNCHED_BYTES && rounds < MAX_ROUNDS)) {
      Commands.run("truncate", "--size=+" + 16 * MIB, image);
      Commands.run("losetup", "--set-capacity", loop.node());
      Commands.run("xfs_growfs", "-d", upper);
      Path free = DataFiles.writeClean(upper.resolve("free"), 16);
      Files.delete(free);
      Commands.run("sync", "--file-system", upper); // including free blocks in the journal
      long before = allocatedBytes(image);
      Commands.run("fstrim", upper);
      punched += before - allocatedBytes(image);
      rounds++;
    }

    awaitReleasedRepeatedly(loop);
    endLoads();
    // Less than 16 MiB a round, because XFS frees blocks of deleted files in the background
    assertThat(punched).as("punched in %d rounds", rounds).isGreaterThan(MIN_PUNCHED_BYTES);
    scratch.unmount(upper);
    Commands.run("xfs_repair", "-n", loop.node());
    loop.detach();
    scratch.unmount(lower);
    Commands.run("xfs_repair", "-n", disk);
  }

  private static long allocatedBytes(Path file) {
    return 512 * Long.parseLong(Commands.run("stat", "--format=%b", file).strip());
  }

  private static Path image(String type, Path path, int mebibytes) {
    Path image = DataFiles.sparse(path, mebibytes);
    Commands.run("mkfs." + type, "-q", image);
    return image;
  }

  private void load(Path mount) throws IOException {
    Load load = new Load(mount.resolve("data"), BLOCKS);
    loads.add(load);
    running.add(load.start(scratch, READ_MIB_PER_SECOND, WRITTEN_MIB_PER_SECOND));
  }

  private void endLoads() throws Exception {
    loads.forEach(Load::stop);
    for (CompletableFuture<Void> load : running) {
      load.get();
    }
    for (Load load : loads) {
      load.checkAll();
    }
  }

  private void takeDown(Path mount, Path node) {
    scratch.unmount(mount);
    Commands.run("fsck.ext4", "-fn", node);
  }

  /** Waits until at least 1 MiB was released several times, while the load goes on. */
  private void awaitReleasedRepeatedly(LoopFixture loop) throws Exception {
    Recorder.await(TIMEOUT, loop.name() + " is evicted repeatedly", () -> releases(loop) > 5);
  }

  private long releases(LoopFixture loop) throws IOException {
    return daemon
        .log()
        .lines()
        .filter(line -> line.contains(loop.name() + ": swept in "))
        .filter(line -> line.matches(".* 0 B allowed; released [\\d.]+ MiB.*"))
        .count();
  }
}
