package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.loop.BackingFile;
import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Eviction;
import io.fadvised.pagecache.Evictor;
import io.fadvised.pagecache.Measurement;
import io.fadvised.pagecache.MeasuringMemory;
import io.fadvised.pagecache.Region;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Files in an ext4 on a loop device, which are cached twice. */
@Requires(
    programs = {"mkfs.ext4", "fsck.ext4"},
    alone = true)
@Timeout(60)
class EvictionIT {
  /** Superblock, bitmaps and inode tables, which ext4 keeps resident. */
  private static final long METADATA_BYTES = 8 * MIB;

  /** Proactive reclaim of the host may take this meanwhile; DAMON took 10 MiB in 13 s. */
  private static final long PAGED_OUT_BYTES = 16 * MIB;

  @RegisterExtension final Scratch scratch = new Scratch();

  private final RealHost host = new RealHost();
  private Path image;
  private LoopFixture loop;
  private Path mount;

  @BeforeEach
  void makeImage() {
    image = DataFiles.sparse(scratch.file("image"), 512);
    Commands.run("mkfs.ext4", "-q", image);
  }

  @Test
  void lowerCopyIsEvictedAndUpperCopyStays() throws Exception {
    mount("--direct-io=off");
    Path data = DataFiles.writeClean(mount.resolve("data"), 200);
    Commands.run("sync", image);
    long below = DataFiles.residentBytes(image);
    assertThat(below).as("cached twice").isGreaterThanOrEqualTo(200 * MIB - PAGED_OUT_BYTES);

    Eviction eviction = evict();

    assertThat(eviction.before().residentBytes()).isBetween(below - PAGED_OUT_BYTES, below);
    assertThat(eviction.releasedBytes())
        .isBetween(below - PAGED_OUT_BYTES - METADATA_BYTES, below)
        .isEqualTo(eviction.before().residentBytes() - eviction.after().residentBytes());
    assertThat(DataFiles.residentBytes(image)).isLessThanOrEqualTo(METADATA_BYTES);
    assertThat(eviction.adviceCalls()).as("one for each window of 128 MiB").isBetween(2, 4);
    assertThat(DataFiles.residentBytes(data)).isGreaterThanOrEqualTo(200 * MIB - PAGED_OUT_BYTES);
  }

  @Test
  void pagesReadBackAreMeasuredAndEvictedAgain() throws Exception {
    mount("--direct-io=off");
    Path data = DataFiles.writeClean(mount.resolve("data"), 64);
    Commands.run("sync", image);
    evict();
    DataFiles.evict(data);

    DataFiles.read(data);

    assertThat(DataFiles.residentBytes(image)).isGreaterThanOrEqualTo(64 * MIB - PAGED_OUT_BYTES);
    assertThat(evict().releasedBytes()).isGreaterThanOrEqualTo(64 * MIB - PAGED_OUT_BYTES);
  }

  @Test
  void dataUnderWritebackIsNotLost() throws Exception {
    mount("--direct-io=off");
    Path data = DataFiles.write(mount.resolve("data"), 128);
    long sum = DataFiles.read(data);
    Thread sync = new Thread(() -> Commands.run("sync", "--file-system", data));
    sync.start();
    int sweeps = 0;
    do { // measures dirty pages and pages under writeback
      evict();
      sweeps++;
    } while (sync.isAlive());
    sync.join();
    assertThat(sweeps).isPositive();

    DataFiles.evict(data);
    Commands.run("sync", image);
    evict();
    assertThat(DataFiles.residentBytes(data)).isZero();
    assertThat(DataFiles.residentBytes(image)).isLessThanOrEqualTo(METADATA_BYTES);

    assertThat(DataFiles.read(data)).as("read from the disk").isEqualTo(sum);
    scratch.unmount(mount);
    Commands.run("fsck.ext4", "-fn", image);
  }

  @Test
  void dirtyLowerPagesAreReportedAndEvictedAfterWriteback() throws Exception {
    mount("--direct-io=off");
    DataFiles.writeClean(
        mount.resolve("data"), 64); // clean in the upper cache, mostly dirty in the lower
    Eviction first = evict();

    assertThat(first.after().residentBytes())
        .isEqualTo(first.before().residentBytes() - first.releasedBytes());
    Commands.run("sync", image);
    evict();
    assertThat(DataFiles.residentBytes(image)).isLessThanOrEqualTo(METADATA_BYTES);
  }

  @Test
  void directIoDeviceHasNothingToRelease() throws Exception {
    mount("--direct-io=on");
    assertThat(host.device(loop).hasDirectIo()).isTrue();
    Path data = DataFiles.writeClean(mount.resolve("data"), 64);

    Eviction eviction = evict();

    assertThat(DataFiles.residentBytes(data)).isGreaterThanOrEqualTo(64 * MIB - PAGED_OUT_BYTES);
    assertThat(eviction.before().residentBytes()).isLessThanOrEqualTo(METADATA_BYTES);
    assertThat(eviction.releasedBytes()).isLessThanOrEqualTo(METADATA_BYTES);
  }

  private void mount(String directIo) throws Exception {
    Commands.run("sync", image);
    DataFiles.evict(image);
    loop = scratch.attach(image, directIo);
    mount = scratch.mount("mnt", loop.node());
  }

  private Eviction evict() throws Exception {
    try (BackingFile backing = host.opener.open(host.device(loop))) {
      ByteRange range = ByteRange.ofFile(backing.stat().sizeBytes());
      Measurement measured =
          Measurement.of(
              host.kernel(),
              backing.file(),
              backing.stat(),
              range,
              new MeasuringMemory(0),
              Measurement.UNLIMITED,
              System::nanoTime);
      return new Evictor(
              host.kernel(),
              pause -> Thread.sleep(pause.toMillis()),
              System::nanoTime,
              (bytes, took) -> Duration.ZERO)
          .evict(
              backing.file(),
              measured,
              Region.ranges(measured.regions()),
              range,
              Measurement.UNLIMITED,
              () -> true);
    }
  }
}
