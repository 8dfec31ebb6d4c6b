package io.fadvised.directio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fadvised.engine.TestHost;
import io.fadvised.linux.DirectIo;
import io.fadvised.linux.Errno;
import io.fadvised.linux.FakeFile;
import io.fadvised.linux.FakeKernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.MountTable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A device with sectors of 512 bytes on storage that requires 4096. */
class FittingTest {
  private static final String DONE =
      "sectors set from 512 to 4096 bytes and direct I/O switched on by fadvised";

  @RegisterExtension private final TestHost host = new TestHost();
  private final Switches switches = new Switches();
  private FakeFile file;
  private HostDirectIo directIo;

  /** Records what is changed. */
  private final class Switches implements DirectIo {
    private final List<String> calls = new ArrayList<>();
    private int alignment = 4096;
    private boolean checksHolders = true;
    private Optional<Errno> sectorsFail = Optional.empty();
    private Optional<Errno> directIoFails = Optional.empty();
    private Runnable whileChanged = () -> {};

    @Override
    public OptionalInt alignment(OpenFile backing) {
      return OptionalInt.of(alignment);
    }

    @Override
    public Optional<Boolean> isSupportedBy(OpenFile backing) {
      return Optional.of(true);
    }

    @Override
    public boolean isWrittenInPlace(OpenFile backing) {
      return true;
    }

    @Override
    public void setDirectIo(OpenFile loopDevice, boolean on) throws KernelException {
      calls.add(on ? "on" : "off");
      failIf(directIoFails, "LOOP_SET_DIRECT_IO");
      whileChanged.run();
    }

    @Override
    public void setSectors(OpenFile loopDevice, int bytes) throws KernelException {
      calls.add("sectors " + bytes);
      failIf(sectorsFail, "LOOP_SET_BLOCK_SIZE");
      host.sys().set("loop0", "queue/logical_block_size", String.valueOf(bytes));
    }

    @Override
    public boolean checksHolders(byte[] path, int sectorBytes) {
      return checksHolders;
    }

    @Override
    public boolean isHeld(byte[] path) {
      return false;
    }

    private static void failIf(Optional<Errno> errno, String call) throws KernelException {
      if (errno.isPresent()) {
        throw FakeKernel.failure(call, errno.get());
      }
    }
  }

  @BeforeEach
  void attach() throws IOException {
    file = host.attach("loop0", "/srv/loop0.img", TestHost.GIB);
    host.sys().set("loop0", "queue/iostats", "1");
    host.sys().set("loop0", "dev", "7:0");
    Files.createDirectories(host.proc().resolve("1/fd"));
    directIo =
        new HostDirectIo(
            host.kernel(),
            switches,
            TestHost.DEV,
            host.sys().root(),
            host.proc(),
            new MountTable(host.proc(), host.clock()::nanos),
            host.clock()::nanos);
  }

  private Fit fit(boolean idle, boolean changes) throws Exception {
    LoopDevice device = host.host().scanner().read("loop0").orElseThrow();
    try (BackingFile backing = host.host().opener().open(device)) {
      return directIo.fit(device, backing, idle, changes);
    }
  }

  private Fit fit() throws Exception {
    return fit(true, true);
  }

  private Fit check() throws Exception {
    LoopDevice device = host.host().scanner().read("loop0").orElseThrow();
    try (BackingFile backing = host.host().opener().open(device)) {
      return directIo.check(device, backing);
    }
  }

  /** The start of an ext4 filesystem with this block size. */
  private static byte[] ext4(int blockBytes) {
    ByteBuffer bytes = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putShort(1024 + 0x38, (short) 0xEF53);
    bytes.putInt(1024 + 0x18, Integer.numberOfTrailingZeros(blockBytes) - 10);
    return bytes.array();
  }

  private void write(byte[] start) {
    file.beginningWith(start).allocate(0, 4096);
  }

  private static byte[] partitionTable() {
    byte[] bytes = new byte[4096];
    bytes[510] = 0x55;
    bytes[511] = (byte) 0xAA;
    return bytes;
  }

  @Test
  void blankIdleDeviceGetsTheSectors() throws Exception {
    file.sparse();

    Fit fit = fit();

    assertThat(fit).isEqualTo(new Fit(Fit.State.DONE, 4096, DONE));
    assertThat(switches.calls).containsExactly("sectors 4096", "on");
  }

  @Test
  void blankDeviceWithRecentIoWaits() throws Exception {
    file.sparse();

    Fit fit = fit(false, true);

    assertThat(fit.state()).isEqualTo(Fit.State.LATER);
    assertThat(fit.words())
        .isEqualTo(
            "direct I/O needs sectors of 4096 bytes, which are not set yet: it is blank, and has to be"
                + " without I/O for 5 s first");
    assertThat(switches.calls).isEmpty();
  }

  @Test
  void blankDeviceWhoseIoIsNotCountedWaits() throws Exception {
    file.sparse();
    host.sys().set("loop0", "queue/iostats", "0");

    assertThat(fit().state()).isEqualTo(Fit.State.LATER);
    assertThat(switches.calls).isEmpty();
  }

  @Test
  void zerosThatWereWrittenAreNotBlank() throws Exception {
    Fit fit = fit();

    assertThat(fit.state()).isEqualTo(Fit.State.LATER); // maybe mkfs is writing it
    assertThat(fit.words()).endsWith("not set yet: its content was not recognised");
    assertThat(switches.calls).isEmpty();
  }

  @Test
  void dataBehindAHoleIsNotBlank() throws Exception {
    file.sparse().allocate(500 * TestHost.MIB, 4096);

    assertThat(fit().words()).endsWith("its content was not recognised");
    assertThat(switches.calls).isEmpty();
  }

  @Test
  void holesThatCannotBeFoundAreNotBlank() throws Exception {
    file.sparse();
    host.kernel().withoutSeekingData();

    assertThat(fit().words()).endsWith("its content was not recognised");
    assertThat(switches.calls).isEmpty();
  }

  @Test
  void blankDeviceForPartitionsIsLeftAlone() throws Exception {
    file.sparse();
    host.sys().set("loop0", "loop/partscan", "1");

    Fit fit = fit();

    assertThat(fit.state()).isEqualTo(Fit.State.NEVER);
    assertThat(fit.words()).contains("attached for partitions");
  }

  @Test
  void contentsThatTakeTheSectorsNeedNoIdleTime() throws Exception {
    file.sparse();
    write(ext4(4096));

    assertThat(fit(false, true).state()).isEqualTo(Fit.State.DONE);
  }

  @Test
  void contentsThatDoNotTakeTheSectorsAreNamed() throws Exception {
    file.sparse();
    write(ext4(1024));

    Fit fit = fit();

    assertThat(fit.state()).isEqualTo(Fit.State.NEVER);
    assertThat(fit.words()).contains("ext4 on it supports sectors of at most 1024");
    assertThat(switches.calls).isEmpty();
  }

  @Test
  void partitionTableKeepsItsSectors() throws Exception {
    file.sparse();
    write(partitionTable());

    Fit fit = fit();

    assertThat(fit.state()).isEqualTo(Fit.State.NEVER);
    assertThat(fit.words()).contains("a partition table on it supports sectors of at most 512");
  }

  @Test
  void readOnlyDeviceIsLeftAlone() throws Exception {
    file.sparse();
    host.sys().set("loop0", "ro", "1");

    assertThat(fit().state()).isEqualTo(Fit.State.NEVER);
  }

  @Test
  void sizeThatIsNoMultipleOfTheSectorsIsLeftAlone() throws Exception {
    file.sparse();
    host.sys().set("loop0", "size", String.valueOf(TestHost.GIB / 512 - 1));

    assertThat(fit().words()).contains("is no multiple of 4096");
    assertThat(switches.calls).isEmpty();
  }

  /** Larger sectors would lock the device for ever on some kernels. */
  @Test
  void sectorsLargerThanAPageAreNotTried() throws Exception {
    file.sparse();
    switches.alignment = 65536;

    assertThat(fit().state()).isEqualTo(Fit.State.NEVER);
    assertThat(switches.calls).isEmpty();
  }

  @Test
  void kernelThatChangesMountedDevicesIsLeftAlone() throws Exception {
    file.sparse();
    switches.checksHolders = false;

    Fit fit = fit();

    assertThat(fit.state()).isEqualTo(Fit.State.NEVER);
    assertThat(fit.words()).contains("change the sectors of a mounted device");
    assertThat(switches.calls).isEmpty();
  }

  @Test
  void dryRunChangesNothing() throws Exception {
    file.sparse();

    Fit fit = fit(true, false);

    assertThat(fit)
        .isEqualTo(
            new Fit(
                Fit.State.POSSIBLE,
                512,
                "dry run, would set its sectors from 512 to 4096 bytes and switch direct I/O on"));
    assertThat(switches.calls).isEmpty();
  }

  @Test
  void mountedDeviceIsLeftAlone() throws Exception {
    file.sparse();
    host.mount("/mnt/x", 0x700, "ext4", "/dev/loop0");

    Fit fit = fit();

    assertThat(fit.state()).isEqualTo(Fit.State.LATER);
    assertThat(fit.words()).endsWith("not set yet: mounted on /mnt/x");
    assertThat(switches.calls).isEmpty();
  }

  @Test
  void deviceBelowAnotherLoopDeviceIsLeftAlone() throws Exception {
    file.sparse();
    host.attach("loop1", "/dev/loop0", TestHost.GIB);

    Fit fit = fit();

    assertThat(fit.words()).endsWith("not set yet: /dev/loop1 on top of it");
    assertThat(switches.calls).isEmpty();
  }

  @Test
  void deviceThatSharesItsFileIsLeftAlone() throws Exception {
    file.sparse();
    host.sys().attach("loop1", "/srv/loop0.img", TestHost.GIB);

    assertThat(fit().words()).endsWith("not set yet: its backing file is attached to loop1 too");
    assertThat(switches.calls).isEmpty();
  }

  @Test
  void hostWhoseProgramsCannotBeReadIsLeftAlone() throws Exception {
    file.sparse();
    Files.delete(host.proc().resolve("1/fd"));

    assertThat(fit().words()).contains("can only be seen by root");
    assertThat(switches.calls).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"EBUSY", "EAGAIN"})
  void deviceThatIsHeldIsTriedAgainLater(String errno) throws Exception {
    file.sparse();
    switches.sectorsFail = Optional.of(Errno.valueOf(errno));

    Fit fit = fit();

    assertThat(fit.state()).isEqualTo(Fit.State.LATER);
    assertThat(fit.words()).endsWith("not set yet: it is in use");
    assertThat(switches.calls).containsExactly("sectors 4096");
  }

  @Test
  void sectorsAreSetBackIfDirectIoIsRejected() throws Exception {
    file.sparse();
    switches.directIoFails = Optional.of(Errno.EINVAL);

    assertThat(catchThrowable(this::fit)).isInstanceOf(KernelException.class);
    assertThat(switches.calls).containsExactly("sectors 4096", "on", "sectors 512");
  }

  @Test
  void sectorsAreSetBackIfTheDeviceTurnsOutToBeUsed() throws Exception {
    file.sparse();
    switches.whileChanged =
        () -> {
          host.mount("/mnt/x", 0x700, "ext4", "/dev/loop0");
          host.clock().advance(Duration.ofMinutes(1)); // the mounts are read again
        };

    Fit fit = fit();

    assertThat(fit.state()).isEqualTo(Fit.State.LATER);
    assertThat(switches.calls).containsExactly("sectors 4096", "on", "sectors 512");
  }

  @Test
  void sectorsAreSetBackIfOtherContentsWereMadeMeanwhile() throws Exception {
    file.sparse();
    switches.whileChanged = () -> write(ext4(1024));

    assertThat(fit().state()).isEqualTo(Fit.State.LATER);
    assertThat(switches.calls).containsExactly("sectors 4096", "on", "sectors 512");
  }

  @Test
  void deviceThatIsHeldAfterTheChangeIsCheckedLater() throws Exception {
    file.sparse();
    switches.whileChanged =
        () -> {
          write(ext4(1024));
          switches.sectorsFail = Optional.of(Errno.EBUSY);
        };

    assertThat(fit().state()).isEqualTo(Fit.State.DONE);
    assertThat(check().state()).isEqualTo(Fit.State.LATER);

    switches.sectorsFail = Optional.empty();
    assertThat(check())
        .isEqualTo(
            new Fit(
                Fit.State.NEVER,
                512,
                "sectors set back to 512 bytes by fadvised: ext4 on it supports sectors of at most"
                    + " 1024"));
  }

  @Test
  void checkEndsWithContentsThatTakeTheSectors() throws Exception {
    file.sparse();
    fit();
    assertThat(check().state()).isEqualTo(Fit.State.LATER);

    write(ext4(4096));
    assertThat(check().state()).isEqualTo(Fit.State.DONE);
  }

  @Test
  void partitionTableMadeWithTheNewSectorsKeepsThem() throws Exception {
    file.sparse();
    fit();

    write(partitionTable());

    assertThat(check().state()).isEqualTo(Fit.State.DONE);
    assertThat(switches.calls).containsExactly("sectors 4096", "on");
  }

  @Test
  void anotherFileThatIsAttachedByNowIsNotChanged() throws Exception {
    file.sparse();
    LoopDevice device = host.host().scanner().read("loop0").orElseThrow();
    try (BackingFile backing = host.host().opener().open(device)) {
      host.kernel().attach("loop0", host.file("/srv/other", TestHost.GIB));

      assertThat(catchThrowable(() -> directIo.fit(device, backing, true, true)))
          .hasMessageContaining("another file");
    }
    assertThat(switches.calls).isEmpty();
  }
}
