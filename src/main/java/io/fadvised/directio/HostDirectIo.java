package io.fadvised.directio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.linux.DirectIo;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.MountTable;
import io.fadvised.loop.RequestCounters;
import io.fadvised.loop.UnreachableException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** {@link LoopDirectIo} of this host. */
public final class HostDirectIo implements LoopDirectIo {
  private final Kernel kernel;
  private final DirectIo directIo;
  private final Path devices;
  private final Path blockDevices;
  private final Path sysRoot;
  private final Path procRoot;
  private final LongSupplier nanoClock;
  private final AttachmentReader attachments;
  private final StorageReader storages;
  private @Nullable Fitting fitting;

  /**
   * @param devices the directory of device nodes
   * @param sysRoot where sysfs is mounted
   * @param procRoot where procfs is mounted
   * @param mounts the mounts of this process
   * @param nanoClock such as {@link System#nanoTime}
   */
  public HostDirectIo(
      Kernel kernel,
      DirectIo directIo,
      Path devices,
      Path sysRoot,
      Path procRoot,
      MountTable mounts,
      LongSupplier nanoClock) {
    this.kernel = kernel;
    this.directIo = directIo;
    this.devices = devices;
    this.sysRoot = sysRoot;
    this.procRoot = procRoot;
    this.nanoClock = nanoClock;
    blockDevices = sysRoot.resolve("block");
    attachments = new AttachmentReader(sysRoot, procRoot, mounts);
    storages = new StorageReader(kernel, directIo, sysRoot, mounts);
  }

  @Override
  public Diagnosis diagnose(LoopDevice device, BackingFile backing, OptionalLong residentBytes) {
    Optional<Contents> contents =
        CompressedImage.isOn(device, kernel, backing.file())
            ? Optional.of(Contents.NOT_RECOGNISED.asCompressed())
            : Optional.empty(); // other contents are read by Fitting only
    return new DirectIoRule(
            attachments.read(device), storages.read(device, backing), contents, residentBytes)
        .diagnose();
  }

  Storage storage(LoopDevice device, BackingFile backing) {
    return storages.read(device, backing);
  }

  Attachment attachment(LoopDevice device, DeviceUsers users) {
    return attachments.read(device, users, HostSetup.NOT_READ);
  }

  @Override
  public Fit fit(LoopDevice device, BackingFile backing, boolean idle, boolean changes)
      throws KernelException, UnreachableException {
    return fitting().fit(device, backing, idle, changes);
  }

  @Override
  public Fit check(LoopDevice device, BackingFile backing)
      throws KernelException, UnreachableException {
    return fitting().check(device, backing);
  }

  private synchronized Fitting fitting() {
    Fitting present = fitting;
    if (present == null) { // most hosts never need it
      present = new Fitting(this, kernel, directIo, sysRoot, procRoot, nanoClock);
      fitting = present;
    }
    return present;
  }

  @Override
  public Optional<RequestCounters> requests(LoopDevice device) {
    return AttachmentReader.text(blockDevices.resolve(device.name()).resolve("stat"))
        .flatMap(RequestCounters::parse);
  }

  @Override
  public void set(LoopDevice device, BackingFile backing, boolean on)
      throws KernelException, UnreachableException {
    try (OpenFile opened = open(device, backing)) {
      directIo.setDirectIo(opened, on);
    }
  }

  /**
   * Opens the device for reading. While it is open the file stays attached.
   *
   * @throws UnreachableException if another file is attached now
   */
  OpenFile open(LoopDevice device, BackingFile backing)
      throws KernelException, UnreachableException {
    OpenFile opened = kernel.openLoopDevice(node(device.name()));
    try {
      if (kernel.loopStatus(opened).backing().equals(backing.stat().identity())) {
        return opened;
      }
    } catch (KernelException e) {
      opened.close();
      throw e;
    }
    opened.close();
    throw new UnreachableException(
        UnreachableException.Kind.DETACHED, "another file is attached now");
  }

  /** Returns the path of a device's node. */
  byte[] node(String name) {
    return devices.resolve(name).toString().getBytes(ISO_8859_1);
  }
}
